import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `POST`: stores the body as a new child with a time-ordered name, or carries out the operation `?op=`.
    static let postValue = Route(
        .post, Route.tree, parameters: ["op"] + Operations.named.flatMap { $0.parameters } + ["ttl", "leaf", "pretty"]
    ) { call in
        guard let name = call.query.text("op") else { return try append(call) }
        let type = try Operations.named(name, .invalidParameter)
        let lifetime = type.traits.contains(.takesLifetime) ? ["ttl"] : []
        try call.query.require(type.parameters + lifetime + ["op", "leaf", "pretty"], for: "'op=\(name)'")
        let options = try call.writeOptions()
        return WriteRequest(try call.operation(type, options), at: call.key, options)
    }

    private static func append(_ call: Call) throws -> WriteRequest {
        try call.query.require(["ttl", "pretty"], for: "an append")
        let options = try call.writeOptions(.tree)
        return WriteRequest(Append(try call.jsonBody()), at: call.key, options)
    }
}
