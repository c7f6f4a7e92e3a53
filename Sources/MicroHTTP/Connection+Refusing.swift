import CMicroHTTPD
import Glibc

/// Refusals without a handler. They are written to the socket without the library, which then closes the connection.
///
/// The library can send a response only at certain points, needs memory that the request may have used up, and sends
/// the head of its own “bad Content-Length” answer twice. Writing to the socket works at any point. It keeps the order
/// of the responses, because no request is read before all earlier ones are answered.
extension Connection {
    /// The response to a refusal of the current request.
    func rendered(_ rejection: Rejection) -> Response {
        server.configuration.rejection(rejection, head.requestID, head.value("Origin"))
    }

    /// Refuses the current request.
    ///
    /// - Returns: the result that makes the library close the connection.
    func refuse(_ rejection: Rejection) -> MHD_Result {
        let response = rendered(rejection)
        let sent = state.withLock { state in
            guard state.phase != .ended, !state.isClosed else { return false }
            state.phase = .ended
            RawResponse.send(response, to: socket, withBody: head.method != .head)
            // Ends the stream for the client and wakes the library, which otherwise doesn't close in some of these
            // cases.
            shutdown(socket, Int32(SHUT_WR))
            return true
        }
        if sent {
            lingers = true
            record.note(rejection, response)
        }
        return .NO
    }

    /// Replaces a refusal of the library itself, which would send the HTML `page`.
    func refuse(page: UnsafePointer<CChar>, status: UInt32) {
        // The head may still be that of the previous request.
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
        // The library reports “internal error” if the size line of a chunk fills its buffer; the body itself is always
        // taken at once.
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
