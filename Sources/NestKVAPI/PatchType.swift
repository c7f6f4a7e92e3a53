import MicroHTTP

/// The kinds of patch documents.
enum PatchType: String, CaseIterable {
    case merge = "application/merge-patch+json"
    case operations = "application/json-patch+json"

    /// The value of `Accept-Patch` (RFC 5789 §3.1).
    static let accepted = allCases.map(\.rawValue).joined(separator: ", ")

    init(_ request: Request) throws(Problem) {
        let sent = request.header(.contentType) ?? ""
        let type = sent.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        guard let known = PatchType(rawValue: type) else {
            throw Problem(
                .unsupportedMediaType,
                "Content-Type is '\(sent)'; a PATCH needs \(PatchType.merge.rawValue) or "
                    + "\(PatchType.operations.rawValue).",
                headers: [.acceptPatch: PatchType.accepted])
        }
        self = known
    }
}
