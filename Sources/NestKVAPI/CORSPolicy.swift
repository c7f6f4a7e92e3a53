import MicroHTTP

/// Which web pages of other origins may use the service from a browser (Fetch standard, CORS protocol).
public final class CORSPolicy: Stage {
    private let origins: Set<String>
    private let allowsAny: Bool

    /// No page of another origin.
    public static let none = CORSPolicy(origins: [])

    /// Allows these origins (`https://app.example`); `*` is any origin.
    public init(origins: [String]) {
        self.origins = Set(origins)
        allowsAny = origins.contains("*")
    }

    public var dependsOnRequestAlone: Bool { true }

    private func allows(_ origin: String) -> Bool {
        allowsAny || origins.contains(origin)
    }

    /// Refuses a write that a browser sends for a page of another origin.
    ///
    /// A `POST` with a plain body needs no preflight. Without this check any page could write to a service on the
    /// machine of its visitor.
    public func before(_ request: Request, _ caller: inout Caller) throws(Problem) {
        guard request.method.isUnsafe, let origin = request.header(.origin), !allows(origin) else { return }
        let host = request.header(.host) ?? ""
        guard origin != "http://\(host)", origin != "https://\(host)" else { return }
        throw Problem(
            .originNotAllowed,
            "Pages from '\(origin)' may not write to this service; to allow them, add the origin to --cors-origins.")
    }

    /// Lets the page read the response, and answers its preflight.
    public func after(_ request: Request, _ response: inout Response) {
        guard !origins.isEmpty, let origin = request.header(.origin) else { return }
        if request.method == .options, request.hasHeader(.requestedMethod), allows(origin),
            let methods = response.headers.first(where: { $0.name == HeaderName.allow.rawValue })?.value
        {
            response.add(.allowedMethods, methods)
            if let asked = request.header(.requestedHeaders) { response.add(.allowedHeaders, asked) }
            response.add(.maxAge, "600")
        }
        response = allowing(origin, response)
    }

    /// Adds the headers that let the page read a response. If not every page may read it, adds `Vary: Origin`.
    public func allowing(_ origin: String, _ response: Response) -> Response {
        guard !origins.isEmpty else { return response }
        var response = response.materialised
        if allows(origin) {
            response.add(.allowedOrigin, allowsAny ? "*" : origin)
            response.add(.exposedHeaders, Self.exposedText)
        }
        if !allowsAny { response.add(.vary, HeaderName.origin.rawValue) }
        return response
    }

    /// The response headers that a page may read in addition to those that the Fetch standard always exposes.
    static let exposed = HeaderName.allCases.filter(\.isExposed).map(\.rawValue)
    private static let exposedText = exposed.joined(separator: ", ")
}
