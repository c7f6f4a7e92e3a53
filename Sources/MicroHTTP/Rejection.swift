/// Why the server itself refuses a request, before or instead of asking the handler.
public enum Rejection: Sendable, Hashable {
    /// The request breaks HTTP's syntax or framing; the sentence says where.
    case malformed(String)
    /// HTTP/1.1 without a `Host` (RFC 9112 §3.2).
    case missingHost
    /// The request is for a host that isn't served here (RFC 9110 §15.5.20).
    case misdirected(String)
    /// `Content-Length` twice, or together with `Transfer-Encoding`: the request could end in two places (RFC 9112
    /// §6.3).
    case ambiguousLength
    /// A transfer coding other than `chunked` (RFC 9112 §6.1).
    case unsupportedTransferCoding(String)
    /// In bytes, as all limits here.
    case uriTooLong(limit: Int)
    /// All fields together.
    case headersTooLarge(limit: Int)
    /// Declared or received.
    case bodyTooLarge(limit: Int)
    /// Neither HTTP/1.1 nor 1.0.
    case versionNotSupported
    /// The request did not arrive completely in time.
    case requestTimeout
    /// The client came when all were taken.
    case tooManyConnections(limit: Int)
    /// Too much is being received and sent already.
    case tooManyBytesInFlight(limit: Int)
    /// The client wants a response that goes on, and there are enough of them.
    case tooManyStreams(limit: Int)
    /// The server stops before the handler has answered.
    case shuttingDown

    /// The HTTP status it is answered with.
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

    /// A short name for every case, fit for an error code or a metric's label.
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
            "The host “\(host)” is not served here; the server's list of allowed hosts has to name it."
        case .ambiguousLength:
            "Send the length of the body once: one Content-Length, or Transfer-Encoding: chunked, never both."
        case .unsupportedTransferCoding(let coding):
            "The transfer coding “\(coding)” is not supported; use chunked or Content-Length."
        case .uriTooLong(let limit): "The request target is longer than \(limit) bytes."
        case .headersTooLarge(let limit): "The header fields are larger than \(limit) bytes together."
        case .bodyTooLarge(let limit): "The request body is larger than \(limit) bytes."
        case .versionNotSupported: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
        case .requestTimeout: "The request did not arrive completely in time; send it again."
        case .tooManyConnections(let limit):
            "All \(limit) connections are in use; try again later, or send more requests over one connection."
        case .tooManyBytesInFlight(let limit):
            "Too many large requests and replies are on their way: together they may have \(limit) bytes; try again later."
        case .tooManyStreams(let limit): "All \(limit) streams are in use; try again later."
        case .shuttingDown: "The server is stopping and did not finish this request; its effect is unknown."
        }
    }

    /// The header field and value that tells a client when to come back, for those that may succeed later.
    public var retryAfter: (name: String, value: String)? {
        status == 503 ? ("Retry-After", "1") : nil
    }

    /// The limit that was exceeded, if it is one.
    public var limit: Int? {
        switch self {
        case .uriTooLong(let limit), .headersTooLarge(let limit), .bodyTooLarge(let limit),
            .tooManyConnections(let limit), .tooManyBytesInFlight(let limit), .tooManyStreams(let limit):
            limit
        default: nil
        }
    }

    /// The plain rendering as an RFC 9457 problem, used unless the configuration gives another.
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
