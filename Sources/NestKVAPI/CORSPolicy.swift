import MicroHTTP

/// Which web pages of other origins may use the service from a browser (Fetch standard, CORS protocol).
public struct CORSPolicy: Sendable {
    private let origins: Set<String>
    private let allowsAny: Bool

    /// No page of another origin.
    public static let none = CORSPolicy(origins: [])

    /// Allows these origins (`https://app.example`); `*` is any origin.
    public init(origins: [String]) {
        self.origins = Set(origins)
        allowsAny = origins.contains("*")
    }

    private func allows(_ origin: String) -> Bool {
        allowsAny || origins.contains(origin)
    }

    /// Adds the headers that let the page read a response. If not every page may read it, adds `Vary: Origin`.
    public func allowing(_ origin: String, _ response: Response) -> Response {
        guard !origins.isEmpty else { return response }
        var response = response.materialised
        if allows(origin) {
            response.headers.append(("Access-Control-Allow-Origin", allowsAny ? "*" : origin))
            response.headers.append(("Access-Control-Expose-Headers", Self.exposedText))
        }
        if !allowsAny { response.headers.append(("Vary", "Origin")) }
        return response
    }

    /// The headers of the answer to a preflight.
    func preflight(methods: String, _ request: Request) -> [(name: String, value: String)] {
        guard let origin = request.header("Origin"), allows(origin) else { return [] }
        var headers = [(name: "Access-Control-Allow-Methods", value: methods)]
        if let asked = request.header("Access-Control-Request-Headers") {
            headers.append(("Access-Control-Allow-Headers", asked))
        }
        headers.append(("Access-Control-Max-Age", "600"))
        return headers
    }

    /// Refuses a write that a browser sends for a page of another origin.
    ///
    /// A `POST` with a plain body needs no preflight. Without this check any page could write to a service on the
    /// machine of its visitor.
    func checkWrite(_ request: Request) throws(Problem) {
        guard let origin = request.header("Origin"), !allows(origin) else { return }
        let host = request.header("Host") ?? ""
        guard origin != "http://\(host)", origin != "https://\(host)" else { return }
        throw Problem(
            .originNotAllowed,
            "Pages from '\(origin)' may not write to this service; to allow them, add the origin to --cors-origins.")
    }

    /// The response headers that a page may read in addition to those that the Fetch standard always exposes.
    static let exposed = [
        "ETag", "Location", "Link", "Nestkv-Version", "Nestkv-Revision", "Nestkv-Next", "Nestkv-Durability",
        "Nestkv-Snapshot", "Nestkv-Previous", "Idempotency-Replayed", "Preference-Applied", "Repr-Digest",
        "Retry-After", "Allow", "Accept-Patch", "Vary",
    ]
    private static let exposedText = exposed.joined(separator: ", ")
}
