import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Route {
    private static let schema = "/__schema/{name}"
    /// The ways to read a schema.
    private static let schemaReadings: [Reading] = [.leavesByVersion, .history, .version, .past, .ownValue]

    /// `GET /__schema`: lists the names of schemas with their newest versions.
    static let listSchemas = Route(.get, "/__schema", needs: .read, parameters: ["after", "limit", "pretty"]) { call in
        let limit = try call.query.number("limit", in: 1...1000) ?? 1000
        let after = call.query.text("after") ?? ""
        let names = call.api.schemas.allNames.filter { $0.name > after }
        return try call.json { writer in
            writer.array("schemas", of: names.prefix(limit)) { writer, schema in
                writer.object { writer in
                    writer.member("name", schema.name)
                    writer.member("version", schema.version)
                    writer.member("hash", schema.hash)
                    writer.member("compatibility", call.api.schemas.compatibility(of: schema.name).rawValue)
                }
            }
            writer.member("next", names.count > limit ? names[limit - 1].name : nil)
        }
    }

    /// `GET /__schema/{name}`: returns the schema with a name or a hash, its entry, history or versions, or
    /// counts the leaves by version.
    static let getSchema = Route(.get, schema, needs: .read, readings: schemaReadings, repeatable: ["tag"])

    /// `PUT /__schema/{name}`: registers a schema as the newest version of a name, or with its hash alone.
    static let putSchema = Route(.put, schema, needs: .admin, parameters: ["force", "pretty"], isDear: true) { call in
        try call.requireNoIdempotencyKey("the registration of a schema, which can be repeated anyway")
        let name = String(decoding: call.key.name, as: UTF8.self)
        let isHash = SchemaReference(name) == .hash(name)
        if !isHash { try SchemaReference.checkName(name, of: "a schema") }
        let options = try call.writeOptions(.leaf)
        let isForced = try call.query.flag("force")
        let text = try call.schemaBody()
        let registry = call.schemaRegistry
        let registration =
            try await isHash
            ? registry.register(text, withHash: name, options)
            : registry.register(text, as: name, isForced: isForced, options)
        let record = registration.record
        var response = try call.json { writer in
            writer.member("name", name)
            writer.member("version", record.version)
            writer.member("hash", record.dataHash.description)
            if let data = registration.data { writer.object("data") { data.writeMembers(to: &$0) } }
        }
        response.add(.eTag, record.etag.description)
        response.add(.version, String(record.version))
        if let result = registration.result { response.note(result, for: call) }
        return response
    }

    /// `DELETE /__schema/{name}`: deletes a name or a hash that is not in use.
    static let deleteSchema = Route(.delete, schema, needs: .admin, isDear: true) { call in
        try call.requireNoIdempotencyKey("the deletion of a schema")
        let options = try call.writeOptions(.leaf)
        return try await call.schemaRegistry.unregister(try call.schemaName(), options).deletion
    }
}

extension Call {
    var schemaRegistry: SchemaRegistry { SchemaRegistry(ownStore, api.schemas) }

    /// The schema in the body.
    func schemaBody() throws -> JSONText {
        try jsonBody(maximumBytes: min(api.schemas.options.limits.maximumBytes, store.limits.valueBytes))
    }

    /// The name or hash in the path.
    func schemaName() throws(KeyError) -> String {
        let name = String(decoding: key.name, as: UTF8.self)
        guard SchemaReference(name)?.description == name, !name.contains("@") else {
            throw KeyError(
                .invalid, "'\(name)' is neither the name of a schema nor 'sha256:' and 64 hexadecimal digits.")
        }
        return name
    }
}
