/// One request and its outcome, for the access log.
public struct Exchange: Sendable {
    /// The method. It and `target` are empty if the request line was never understood.
    public let method: String
    let head: RequestHead
    /// The status of the answer, even if the client was gone before it was written.
    public let status: Int
    /// The time from the end of the request line to the last byte passed to the kernel, in nanoseconds.
    public let durationNanoseconds: UInt64
    public let requestBodyBytes: Int
    /// The length of the response's body, even if it was not sent because of `HEAD` or 304.
    public let responseBodyBytes: Int
    public let logFields: [(name: String, value: String)]
    /// The address and port of the peer, `127.0.0.1:4711` or `[::1]:4711`.
    public let remoteAddress: String
    public let ending: Ending
    /// Why the server refused the request, if it did.
    public let rejection: Rejection?

    public enum Ending: String, Sendable {
        /// The response was written.
        case completed
        /// The client disconnected, or the response could not be written.
        case aborted
        /// The request did not arrive in time.
        case timedOut
        /// The client read a stream too slowly and was cut off.
        case tooSlow
        /// The server stopped before.
        case shutDown
    }

    /// The target up to the `?`, not decoded.
    public var path: String { String(decoding: head.target[..<head.pathEnd], as: UTF8.self) }
    /// The bytes of ``path``. Valid only while the observer runs.
    public var pathBytes: ArraySlice<UInt8> { head.target[..<head.pathEnd] }
    public var requestID: String { head.requestID }
    /// Calls `body` with the bytes of ``requestID``. Makes no string.
    public func withRequestID(_ body: (UnsafeBufferPointer<UInt8>) -> Void) { head.withRequestID(body) }
    public var traceparent: String? { head.traceparent }

    /// The value of a request header field, for example `User-Agent`. Valid only while the observer runs.
    public func header(_ name: String) -> String? { head.value(name) }
}
