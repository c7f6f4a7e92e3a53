/// Sends requests to a nestkv server one after the other (HTTP/1.1, RFC 9112). It uses one connection for as long as
/// the server keeps it open.
///
/// It follows no redirects, has no TLS, and never repeats a request by itself. Why it is not a library:
/// docs/decisions/0016.
package final class HTTPClient {
    let server: ServerURL
    /// How long a request may take, from connecting to the last byte of the answer; nil: no limit.
    let timeout: Duration?
    private var last: ClientReply?

    package init(server: ServerURL, timeout: Duration?) {
        (self.server, self.timeout) = (server, timeout)
    }

    /// Sends a request and reads the head of its answer.
    ///
    /// The connection is used again only if the body was read before the next request.
    ///
    /// - Parameters:
    ///   - target: path and query, percent-encoded, beginning with `/`.
    ///   - fields: header fields besides `Host` and `Content-Length`.
    ///   - body: nil: no body.
    package func send(
        _ method: String, _ target: String, fields: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) throws(ClientFailure) -> ClientReply {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        let connection =
            if let kept = last?.reusableConnection { kept } else {
                ClientInput(try ClientSocket(to: server, deadline: deadline))
            }
        last = nil
        connection.socket.deadline = deadline
        var head = "\(method) \(server.base)\(target) HTTP/1.1\r\nHost: \(server.authority)\r\n"
        for field in fields { head += "\(field.name): \(field.value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        try connection.socket.send(Array((head + "\r\n").utf8) + (body ?? []))
        let reply = try ClientReply(from: connection, to: method)
        last = reply
        return reply
    }
}
