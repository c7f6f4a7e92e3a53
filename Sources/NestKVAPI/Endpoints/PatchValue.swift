import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `PATCH`: changes the composed value by a merge patch (RFC 7396) or a JSON patch (RFC 6902).
    static let patchValue = Route(.patch, Route.tree, needs: .write, parameters: ["leaf", "ttl", "pretty"]) { call in
        let type = try PatchType(call.request)
        let options = try call.writeOptions(call.view())
        let patch = try Patch(type, JSONValue(try call.jsonBody()))
        return try await call.write(.patch(patch), options)
    }
}

extension Patch {
    /// Reads a patch of this type from its document.
    init(_ type: PatchType, _ document: JSONValue) throws(StoreError) {
        switch type {
        case .merge:
            self = .merge(document)
        case .operations:
            do throws(JSONPatchError) {
                self = .operations(try JSONPatch(document))
            } catch {
                throw StoreError(error)
            }
        }
    }
}
