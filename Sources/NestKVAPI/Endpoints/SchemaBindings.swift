import MicroHTTP
import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

extension Route {
    private static let binding = "/__schema/_bindings/{name}"

    /// `GET /__schema/_bindings`: lists all bindings.
    static let listBindings = Route(.get, "/__schema/_bindings", needs: .read, parameters: ["pretty"]) { call in
        let bindings = call.api.schemas.allBindings
        return try call.json { writer in
            writer.array("bindings", of: bindings) { writer, binding in
                writer.object { call.write(binding, to: &$0) }
            }
        }
    }

    /// `GET /__schema/_bindings/{name}`: returns a binding.
    static let getBinding = Route(.get, binding, needs: .read, parameters: ["pretty"]) { call in
        try call.bindingResponse(try await call.storedBinding())
    }

    /// `PUT /__schema/_bindings/{name}`: binds paths to a schema.
    static let putBinding = Route(.put, binding, needs: .admin, parameters: ["pretty"]) { call in
        try call.requireNoIdempotencyKey("a binding")
        let options = try call.writeOptions(.leaf)
        let body = try call.jsonBody()
        let result = try await call.schemaRegistry.bind(try call.binding(body), body, options)
        guard let record = result.node.soleLeaf else { throw StoreError.notFound(call.key, .leaf) }
        var response = try call.bindingResponse(record)
        response.note(result, for: call)
        return response
    }

    /// `DELETE /__schema/_bindings/{name}`: ends a binding.
    static let deleteBinding = Route(.delete, binding, needs: .admin) { call in
        try call.requireNoIdempotencyKey("the deletion of a binding")
        return try await call.ownStore.write(Delete(), at: call.key, try call.writeOptions(.leaf)).deletion
    }

    /// `POST /__schema/_bindings/{name}?op=check`: examines the stored values that follow a binding.
    static let postBinding = Route(.post, binding, needs: .read, parameters: ["op", "pretty"], isDear: true) { call in
        try call.requireNoIdempotencyKey("a check, which can be repeated anyway")
        guard call.query.text("op") == "check" else {
            throw Problem(
                .invalidParameter,
                "The query parameter 'op' must be 'check', which examines the stored values that follow the binding.")
        }
        let binding = try call.binding(try await call.storedBinding().value)
        let (data, revision) = try await call.schemaRegistry.examine(binding)
        return try call.json { writer in
            data.writeMembers(to: &writer)
            writer.member("revision", revision)
        }
    }
}

extension Call {
    /// The leaf of the binding in the path.
    fileprivate func storedBinding() async throws -> Record {
        let node = try await ownStore.get(key, .leaf)
        guard let record = node.soleLeaf else {
            throw StoreError(.notFound, "There is no binding '\(bindingID)'.")
        }
        return record
    }

    fileprivate var bindingID: String { String(decoding: key.name, as: UTF8.self) }

    /// The binding that a body describes.
    fileprivate func binding(_ body: JSONText) throws -> SchemaBinding {
        try SchemaReference.checkName(bindingID, of: "a binding")
        guard case .object(let members) = JSONValue(body) else {
            throw Problem(.invalidJSON, "The body must be an object like \(Self.example).")
        }
        try members.requireOnly(["match", "schema", "mode", "writeBack", "description"])
        let reference = Grammar<SchemaReference>(SchemaReference.forms) { SchemaReference($0) }
        guard let path = try members.read("match", .string, from: .string),
            let schema = try members.read("schema", reference, from: .string)
        else {
            throw Problem(.invalidJSON, "A binding needs the members 'match' and 'schema', as in \(Self.example).")
        }
        let mode = try members.read("mode", .choice(of: SchemaBinding.Mode.self), from: .string)
        let writesBack = try members.read("writeBack", .boolean, from: .boolean)
        let description = try members.read("description", .description, from: .string, .null)
        return try SchemaBinding(
            id: bindingID, path: path, schema: schema, mode: mode ?? .enforce, writesBack: writesBack ?? false,
            description: description, api.keys)
    }

    private static let example = #"{"match":"/users/+","schema":"user"}"#

    /// The response with a stored binding.
    fileprivate func bindingResponse(_ record: Record) throws -> Response {
        let binding = try binding(record.value)
        var response = try json { write(binding, to: &$0) }
        response.add(.eTag, record.etag.description)
        response.add(.version, String(record.version))
        return response
    }

    /// Writes the members of a binding, and where it leads now.
    fileprivate func write(_ binding: SchemaBinding, to writer: inout JSONWriter) {
        writer.member("name", binding.id)
        writer.member("match", binding.path)
        writer.member("schema", binding.schema.description)
        writer.member("mode", binding.mode.rawValue)
        writer.member("writeBack", binding.writesBack)
        writer.member("description", binding.description)
        writer.member("hash", api.schemas.hash(of: binding))
    }
}
