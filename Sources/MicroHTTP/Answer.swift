/// What a handler makes of a request.
public enum Answer: Sendable {
    /// The response, made without waiting.
    case now(Response)
    /// The work that makes the response and may wait. The server runs it on the thread of the request.
    case later(@Sendable () async -> Response)
}
