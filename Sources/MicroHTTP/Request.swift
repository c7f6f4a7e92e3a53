/// One request, complete with its body. A plain value: it may be kept for as long as it is useful.
public struct Request: Sendable {
    /// What to do.
    public let method: HTTPMethod
    /// The whole body, decoded if it came in chunks; empty without one.
    public let body: [UInt8]
    let head: RequestHead

    /// The request target exactly as sent, percent-encoding untouched. Of an absolute-form target (RFC 9112 §3.2.2)
    /// only what follows the authority; `*` in `OPTIONS *`.
    public var target: [UInt8] { head.target }

    /// The target up to the first `?`.
    public var path: ArraySlice<UInt8> { head.target[..<head.pathEnd] }

    /// The target after the first `?`; `nil` without one.
    public var query: ArraySlice<UInt8>? {
        head.pathEnd < head.target.count ? head.target[(head.pathEnd + 1)...] : nil
    }

    /// The value of a header field, whatever the case of its name; several lines of one field are joined with `, `
    /// (RFC 9110 §5.3).
    public func header(_ name: String) -> String? { head.value(name) }

    /// Whether the field was sent at all, also with an empty value. Makes no string.
    public func hasHeader(_ name: String) -> Bool { head.has(name) }

    /// Spoken by old clients: no chunks, no interim responses, and the connection closes unless they ask otherwise.
    public var isHTTP10: Bool { head.isHTTP10 }

    /// What to call this request in logs and answers: a valid `X-Request-Id` (1 to 128 visible ASCII characters), else
    /// the trace id of a valid `traceparent`, else an id made here. Always the same for one request.
    public var id: String { head.requestID }

    /// The request's id as a part of a URI.
    public static func uriPart(ofID id: String) -> String { RequestHead.uriPart(id) }

    /// The W3C Trace Context header, if it is there once and valid.
    public var traceparent: String? { head.traceparent }
}
