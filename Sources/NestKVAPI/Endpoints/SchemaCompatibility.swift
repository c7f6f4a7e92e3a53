import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Route {
    private static let compatibility = "/__schema/_compatibility/{name}"

    /// `GET /__schema/_compatibility/{name}`: returns what new versions of a schema must have in common with earlier
    /// ones.
    static let getCompatibility = Route(.get, compatibility, needs: .read, parameters: ["pretty"]) { call in
        let node = try await call.ownStore.get(call.key, .leaf)
        return try call.compatibilityResponse(node.soleLeaf)
    }

    /// `PUT /__schema/_compatibility/{name}`: sets it.
    static let putCompatibility = Route(.put, compatibility, needs: .admin, parameters: ["pretty"]) { call in
        try call.requireNoIdempotencyKey("the compatibility of a schema")
        try SchemaReference.checkName(call.compatibilityName, of: "a schema")
        let options = try call.writeOptions(.leaf)
        let body = try call.jsonBody()
        guard case .object(let members) = JSONValue(body) else {
            throw Problem(.invalidJSON, "The body must be an object like \(#"{"level":"forward"}"#).")
        }
        try members.requireOnly(["level"])
        guard try members.read("level", .choice(of: CompatibilityLevel.self), from: .string) != nil else {
            throw Problem(.invalidJSON, "The body must have the member 'level', as in \(#"{"level":"forward"}"#).")
        }
        let result = try await call.schemaRegistry.setCompatibility(body, of: call.compatibilityName, options)
        var response = try call.compatibilityResponse(result.node.soleLeaf)
        response.note(result, for: call)
        return response
    }

    /// `DELETE /__schema/_compatibility/{name}`: returns to the standard.
    static let deleteCompatibility = Route(.delete, compatibility, needs: .admin) { call in
        try call.requireNoIdempotencyKey("the compatibility of a schema")
        return try await call.ownStore.write(Delete(), at: call.key, try call.writeOptions(.leaf)).deletion
    }
}

extension Call {
    fileprivate var compatibilityName: String { String(decoding: key.name, as: UTF8.self) }

    /// The response with the level of a name; nil if none is set.
    fileprivate func compatibilityResponse(_ record: Record?) throws -> Response {
        let level = record.flatMap { CompatibilityLevel($0.value) }
        guard level != nil || api.schemas.allNames.contains(where: { $0.name == compatibilityName }) else {
            throw StoreError(.notFound, "There is no schema '\(compatibilityName)'.")
        }
        var response = try json { writer in
            writer.member("name", compatibilityName)
            writer.member("level", (level ?? .standard).rawValue)
        }
        if let record {
            response.add(.eTag, record.etag.description)
            response.add(.version, String(record.version))
        }
        return response
    }
}
