import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `PUT`: replaces everything at and below the path.
    static let putValue = Route(.put, Route.tree, parameters: ["leaf", "flatten", "ttl", "pretty"]) { call in
        try call.query.requireAtMostOne(of: "leaf", "flatten")
        let options = try call.writeOptions()
        let body = try call.jsonBody()
        guard call.query.has("flatten") else { return WriteRequest(Put(body), at: call.key, options) }
        let depth = try call.query.number("flatten", in: 1...call.store.limits.keys.segments, optional: true)
        return WriteRequest(PutFlattened(body, depth: depth ?? .max), at: call.key, options)
    }
}
