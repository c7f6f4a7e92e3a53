import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `POST /_payload`: one object from the values of many paths, read together.
    static let payload = Route(.post, "/_payload", needs: .read, parameters: ["pretty"], isDear: true) { call in
        try call.request.requireAccepts(MediaType.json, "payloads are")
        let payload = try Payload(JSONValue(try call.jsonBody()), keys: call.api.keys)
        let read = try await call.store.readTogether(payload.keys)
        let text = try payload.assembled(from: read.nodes, maximumBytes: call.store.limits.composedBytes)
        var headers: HeaderFields = [
            .contentType: MediaType.json, .cacheControl: "no-store",
            .snapshot: read.isOneMoment ? "true" : "false",
        ]
        if let revision = read.revision { headers.add(.revision, String(revision)) }
        var response = Response(
            status: 200, headers: headers, body: try text.body(isPretty: call.isPretty, call.store.limits))
        response.isRepeatable = true
        return response
    }
}
