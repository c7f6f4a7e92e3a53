import MicroHTTP
import MicroJSON
import NestKVCore

/// The kinds of patch documents.
enum PatchType: String, CaseIterable {
    case merge = "application/merge-patch+json"
    case operations = "application/json-patch+json"

    /// The value of `Accept-Patch` (RFC 5789 §3.1).
    static let accepted = allCases.map(\.rawValue).joined(separator: ", ")

    init(_ request: Request) throws(Problem) {
        let sent = request.header("Content-Type") ?? ""
        let type = sent.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        guard let known = PatchType(rawValue: type) else {
            throw Problem(
                .unsupportedMediaType,
                "Content-Type is '\(sent)'; a PATCH needs \(PatchType.merge.rawValue) or "
                    + "\(PatchType.operations.rawValue).",
                headers: [("Accept-Patch", PatchType.accepted)])
        }
        self = known
    }
}

extension Route {
    /// `PATCH`: changes the composed value by a merge patch (RFC 7396) or a JSON patch (RFC 6902).
    static let patchValue = Route(.patch, Route.tree, parameters: ["leaf", "ttl", "pretty"]) { call in
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
