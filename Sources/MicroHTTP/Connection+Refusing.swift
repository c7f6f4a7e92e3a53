import CMicroHTTPD
import Glibc

/// Answers that no handler gives: written to the socket past the library, which then closes the connection.
///
/// The library could send a response only where it expects one, needs memory for it that the request may have used up,
/// and sends the head of its own “bad Content-Length” answer twice. Writing past it works everywhere, and it is in
/// order: nothing of a request is read before everything earlier has been answered.
extension Connection {
    /// The response to a refusal of the present request.
    func rendered(_ rejection: Rejection) -> Response {
        server.configuration.rejection(rejection, head.requestID, head.value("Origin"))
    }

    /// - Returns: what makes the library close the connection.
    func refuse(_ rejection: Rejection) -> MHD_Result {
        let response = rendered(rejection)
        let sent = state.withLock { state in
            guard state.phase != .ended, !state.isClosed else { return false }
            state.phase = .ended
            RawResponse.send(response, to: socket, withBody: head.method != .head)
            // Ends the stream for the client now, and wakes the library, which forgets to close in some of these cases.
            shutdown(socket, Int32(SHUT_WR))
            return true
        }
        if sent {
            lingers = true
            record.note(rejection, response)
        }
        return .NO
    }

    /// The library refuses the request by itself, and would send the HTML `page`.
    func refuse(page: UnsafePointer<CChar>, status: UInt32) {
        // The head may still be that of the request before.
        if step == .idle { head = RequestHead() }
        _ = refuse(rejection(page: page, status: status))
    }

    private func rejection(page: UnsafePointer<CChar>, status: UInt32) -> Rejection {
        let configuration = server.configuration
        switch status {
        case 413: return .bodyTooLarge(limit: configuration.bodyLimit)
        case 414: return .uriTooLong(limit: configuration.targetLimit)
        case 431: return .headersTooLarge(limit: configuration.headerLimit)
        case 505: return .versionNotSupported
        // It says “internal error” when the size line of a chunk fills its buffer: the body itself is always taken at
        // once.
        case 500: return .malformed("The size line of a chunk is too long.")
        default: break
        }
        if strstr(page, "chunked") != nil {
            return .malformed("The body is not in valid chunked coding (RFC 9112 §7.1).")
        }
        if strstr(page, "Content-Length") != nil { return .malformed("Content-Length is not a decimal number.") }
        return .malformed("The request line or a header field is not valid HTTP/1.1 (RFC 9112 §3 and §5).")
    }
}
