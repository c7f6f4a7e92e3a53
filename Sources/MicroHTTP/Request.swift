/// A request with its complete body. It is a plain value and may be kept for any time.
public struct Request: Sendable {
    /// The method.
    public let method: HTTPMethod
    /// The whole body, decoded if it was chunked; empty without a body.
    public let body: [UInt8]
    let head: RequestHead
    /// Whether the server may keep the response and send it again (``Response/isCurrent``).
    public let mayKeepReply: Bool

    /// The request target exactly as sent, still percent-encoded. For an absolute-form target (RFC 9112 §3.2.2) it is
    /// the part after the authority, and for `OPTIONS *` it is `*`.
    public var target: [UInt8] { head.target }

    /// The target up to the first `?`.
    public var path: ArraySlice<UInt8> { head.target[..<head.pathEnd] }

    /// The target after the first `?`; nil without a `?`.
    public var query: ArraySlice<UInt8>? {
        head.pathEnd < head.target.count ? head.target[(head.pathEnd + 1)...] : nil
    }

    /// The value of a header field. The name is not case-sensitive; several lines of one field are joined with `, `
    /// (RFC 9110 §5.3).
    public func header(_ name: String) -> String? { head.value(name) }

    /// Whether the field was sent, even with an empty value. Makes no string.
    public func hasHeader(_ name: String) -> Bool { head.has(name) }

    /// The id of this request in logs and answers, always the same for one request. It is a valid `X-Request-Id` (1 to
    /// 128 visible ASCII characters), otherwise the trace id of a valid `traceparent`, otherwise a generated id.
    public var id: String { head.requestID }

    /// A request id as a part of a URI.
    public static func uriPart(ofID id: String) -> String { RequestHead.uriPart(id) }

    /// The W3C Trace Context header, if it was sent once and is valid.
    public var traceparent: String? { head.traceparent }
}
