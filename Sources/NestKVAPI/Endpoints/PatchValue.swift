import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `PATCH`: changes the composed value by a merge patch (RFC 7396) or a JSON patch (RFC 6902).
    static let patchValue = Route(.patch, Route.tree, parameters: ["leaf", "ttl", "pretty"]) { call in
        let type = try PatchType(call.request)
        let options = try call.writeOptions()
        let patch = JSONValue(try call.jsonBody())
        let operation: any WriteOperation =
            switch type {
            case .merge: PatchByMerge(patch)
            case .operations: try PatchByOperations(document: patch)
            }
        return WriteRequest(operation, at: call.key, options)
    }
}
