import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `POST`: stores the body as a new child with a time-ordered name, or carries out the operation `?op=`.
    static let postValue = Route(
        .post, Route.tree, needs: .write,
        parameters: ["op"] + Operations.named.flatMap { $0.parameters } + ["ttl", "leaf", "pretty"]
    ) { call in
        guard let name = call.query.text("op") else { return try await append(call) }
        let type = try Operations.named(name, .invalidParameter)
        let lifetime = type.traits.contains(.takesLifetime) ? ["ttl"] : []
        try call.query.require(type.parameters + lifetime + ["op", "leaf", "pretty"], for: "'op=\(name)'")
        let options = try call.writeOptions()
        let request = WriteRequest(try call.operation(type, options), at: call.key, options)
        return try await call.once { marker in
            let result = try await call.store.write([request] + marker, if: [])[0]
            return type.traits.contains(.givesAnswer)
                ? result.answerResponse(to: call, options) : await result.response(to: call, options)
        }
    }

    private static func append(_ call: Call) async throws -> Response {
        try call.query.require(["ttl", "pretty"], for: "an append")
        let options = try call.writeOptions(.tree)
        return try await call.write(Append(try call.jsonBody()), options)
    }
}

extension WriteResult {
    /// The response with the value that the operation returns.
    fileprivate func answerResponse(to call: Call, _ options: WriteOptions) -> Response {
        var response = Response(status: 200, headers: headers)
        response.logFields = [("transaction", options.transactionID.description)]
        if answer == nil { response.add(.previous, "absent") }
        response.add(.contentType, MediaType.json)
        let body = answer ?? .null
        response.body = (try? body.body(isPretty: call.isPretty, call.store.limits)) ?? body.utf8
        return response
    }
}
