import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `PATCH`: changes the composed value by a merge patch (RFC 7396) or a JSON patch (RFC 6902).
    static let patchValue = Route(.patch, Route.tree, needs: .write, parameters: ["leaf", "ttl", "pretty"]) { call in
        let type = try PatchType(call.request)
        let options = try call.writeOptions()
        let patch = JSONValue(try call.jsonBody())
        switch type {
        case .merge: return try await call.write(PatchByMerge(patch), options)
        case .operations: return try await call.write(PatchByOperations(document: patch), options)
        }
    }
}
