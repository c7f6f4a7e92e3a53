/// Why the server itself refuses a request, before or instead of calling the handler.
public enum Rejection: Sendable, Hashable {
    /// The request breaks HTTP's syntax or framing; the sentence says where.
    case malformed(String)
    /// HTTP/1.1 without a `Host` (RFC 9112 §3.2).
    case missingHost
    /// The request is for a host that this server doesn't serve (RFC 9110 §15.5.20).
    case misdirected(String)
    /// `Content-Length` twice or together with `Transfer-Encoding`, so that the end of the request is ambiguous (RFC
    /// 9112 §6.3).
    case ambiguousLength
    /// A transfer coding other than `chunked` (RFC 9112 §6.1).
    case unsupportedTransferCoding(String)
    /// The request target is too long. The limit is in bytes, like all limits here.
    case uriTooLong(limit: Int)
    /// All header fields together are too large.
    case headersTooLarge(limit: Int)
    /// The declared or received body is too large.
    case bodyTooLarge(limit: Int)
    /// The version is neither HTTP/1.1 nor 1.0.
    case versionNotSupported
    /// The request did not arrive completely in time.
    case requestTimeout
    /// All connections are in use.
    case tooManyConnections(limit: Int)
    /// Too many bytes are already being received and sent.
    case tooManyBytesInFlight(limit: Int)
    /// The client requests a stream, and the limit on streams is reached.
    case tooManyStreams(limit: Int)
    /// The server is stopping, and the handler has not answered.
    case shuttingDown

    /// The HTTP status of the answer.
    public var status: Int {
        switch self {
        case .malformed, .missingHost, .ambiguousLength: 400
        case .requestTimeout: 408
        case .bodyTooLarge: 413
        case .uriTooLong: 414
        case .misdirected: 421
        case .headersTooLarge: 431
        case .unsupportedTransferCoding: 501
        case .tooManyConnections, .tooManyBytesInFlight, .tooManyStreams, .shuttingDown: 503
        case .versionNotSupported: 505
        }
    }

    /// A short name for each case, usable as an error code or a metric's label.
    public var code: String {
        switch self {
        case .malformed: "malformed-request"
        case .missingHost: "missing-host"
        case .misdirected: "misdirected-request"
        case .ambiguousLength: "ambiguous-length"
        case .unsupportedTransferCoding: "unsupported-transfer-coding"
        case .uriTooLong: "uri-too-long"
        case .headersTooLarge: "headers-too-large"
        case .bodyTooLarge: "body-too-large"
        case .versionNotSupported: "http-version-not-supported"
        case .requestTimeout: "request-timeout"
        case .tooManyConnections: "too-many-connections"
        case .tooManyBytesInFlight: "too-many-bytes-in-flight"
        case .tooManyStreams: "too-many-streams"
        case .shuttingDown: "shutting-down"
        }
    }

    /// What happened and what to do, safe to show to the client.
    public var detail: String {
        switch self {
        case .malformed(let sentence): sentence
        case .missingHost: "An HTTP/1.1 request needs exactly one Host header field."
        case .misdirected(let host):
            "The host “\(host)” is not served here; add it to the server's list of allowed hosts."
        case .ambiguousLength:
            "The length of the body is ambiguous; send either one Content-Length or “Transfer-Encoding: chunked”."
        case .unsupportedTransferCoding(let coding):
            "The transfer coding “\(coding)” is not supported; use chunked or Content-Length."
        case .uriTooLong(let limit): "The request target is longer than the limit of \(limit) bytes."
        case .headersTooLarge(let limit): "The header fields together are larger than the limit of \(limit) bytes."
        case .bodyTooLarge(let limit): "The request body is larger than the limit of \(limit) bytes."
        case .versionNotSupported: "This server supports only HTTP/1.1 and HTTP/1.0."
        case .requestTimeout: "The request did not arrive completely in time; send it again."
        case .tooManyConnections(let limit):
            "All \(limit) connections are in use; try again later, or send more requests over one connection."
        case .tooManyBytesInFlight(let limit):
            "Too many large requests and replies are in flight; their total limit is \(limit) bytes. Try again later."
        case .tooManyStreams(let limit): "All \(limit) streams are in use; try again later."
        case .shuttingDown: "The server is stopping and did not finish this request; its effect is unknown."
        }
    }

    /// The header field that tells a client when to try again, for refusals that are temporary.
    public var retryAfter: (name: String, value: String)? {
        status == 503 ? ("Retry-After", "1") : nil
    }

    /// The exceeded limit, if a limit was exceeded.
    public var limit: Int? {
        switch self {
        case .uriTooLong(let limit), .headersTooLarge(let limit), .bodyTooLarge(let limit),
            .tooManyConnections(let limit), .tooManyBytesInFlight(let limit), .tooManyStreams(let limit):
            limit
        default: nil
        }
    }

    /// The default rendering as an RFC 9457 problem. The configuration can replace it.
    public static func problem(_ rejection: Rejection, requestID: String, origin: String?) -> Response {
        var detail = ""
        for scalar in rejection.detail.unicodeScalars {
            switch scalar {
            case "\"", "\\": detail += "\\\(scalar)"
            case "\u{0}"..<" ": detail += "?"
            default: detail.unicodeScalars.append(scalar)
            }
        }
        var members = #"{"type":"about:blank","status":\#(rejection.status),"code":"\#(rejection.code)","#
        members += #""detail":"\#(detail)""#
        members += #","instance":"urn:request:\#(RequestHead.uriPart(requestID))""#
        if let limit = rejection.limit { members += #","limit":\#(limit)"# }
        var headers = [(name: "Content-Type", value: "application/problem+json")]
        if let retryAfter = rejection.retryAfter { headers.append(retryAfter) }
        return Response(status: rejection.status, headers: headers, body: Array((members + "}").utf8))
    }
}
