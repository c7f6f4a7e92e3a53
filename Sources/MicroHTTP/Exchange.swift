/// One request and what became of it, as the access log wants it.
public struct Exchange: Sendable {
    /// Empty where the request line was never understood, as `target` is.
    public let method: String
    let head: RequestHead
    /// What was answered; the status that was meant when the client was gone before it was written.
    public let status: Int
    /// From the end of the request line to the last byte handed to the kernel, in nanoseconds.
    public let durationNanoseconds: UInt64
    public let requestBodyBytes: Int
    /// Length of the body of the response, also when `HEAD` or 304 kept it from being sent.
    public let responseBodyBytes: Int
    public let logFields: [(name: String, value: String)]
    /// Address and port of the peer, `127.0.0.1:4711` or `[::1]:4711`.
    public let remoteAddress: String
    public let ending: Ending
    /// Why the server refused it, if it did.
    public let rejection: Rejection?

    public enum Ending: String, Sendable {
        /// The response was written.
        case completed
        /// The client went away, or the response could not be written.
        case aborted
        /// The request did not arrive in time.
        case timedOut
        /// The client read a stream more slowly than it was written to, and was cut off.
        case tooSlow
        /// The server stopped first.
        case shutDown
    }

    /// The target up to the `?`, as sent.
    public var path: String { String(decoding: head.target[..<head.pathEnd], as: UTF8.self) }
    /// The same, undecoded bytes as they were sent. Only while the observer runs.
    public var pathBytes: ArraySlice<UInt8> { head.target[..<head.pathEnd] }
    public var requestID: String { head.requestID }
    public var traceparent: String? { head.traceparent }

    /// The value of a request header field, `User-Agent` for example. Only while the observer runs.
    public func header(_ name: String) -> String? { head.value(name) }
}
