import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Route {
    /// `POST /__schema/{name}?op=check`: tells whether a schema can be the next version of a name; `?op=validate`:
    /// tells whether a value follows a schema; `?op=migrate`: brings stored leaves of other versions to one version, by
    /// a job.
    static let postSchema = Route(
        .post, "/__schema/{name}", needs: .admin, parameters: ["op", "version", "pretty"], isDear: true
    ) { call in
        try call.requireNoIdempotencyKey("an operation on a schema")
        switch call.query.text("op") {
        case "check": return try await call.checkSchema()
        case "validate": return try call.validateValue()
        case "migrate": return try await call.migrateLeaves()
        default:
            throw Problem(
                .invalidParameter,
                "The query parameter 'op' must be 'check', which tells whether a schema can be the next version, "
                    + "'validate', which tells whether a value follows the schema, or 'migrate', which brings stored "
                    + "leaves to a version of the schema.")
        }
    }
}

extension Call {
    fileprivate func checkSchema() async throws -> Response {
        try query.require(["op", "pretty"], for: "'op=check'")
        let name = String(decoding: key.name, as: UTF8.self)
        try SchemaReference.checkName(name, of: "a schema")
        let report = try await schemaRegistry.compatibility(of: try schemaBody(), with: name)
        return try json { report.write(to: &$0) }
    }

    fileprivate func validateValue() throws -> Response {
        try query.require(["op", "version", "pretty"], for: "'op=validate'")
        let text = try jsonBody()
        let (hash, errors) = try schemaRegistry.validate(text, by: try validatingSchema())
        return try json { writer in
            writer.member("valid", errors.isEmpty)
            writer.member("schema", hash)
            writer.member("errorCount", errors.count)
            writer.array("errors", of: errors) { writer, error in writer.object { error.write(to: &$0) } }
        }
    }

    /// The schema that the path and `?version` name.
    private func validatingSchema() throws -> SchemaReference {
        let name = try schemaName()
        let version = try query.number("version", in: 1...UInt64.max)
        guard SchemaReference.isName(name) else {
            guard let reference = SchemaReference(name), version == nil else {
                throw Problem(
                    .invalidParameter, "The query parameter 'version' needs the name of a schema, not a hash.")
            }
            return reference
        }
        return version.map { .version(name, $0) } ?? .newest(name)
    }
}
