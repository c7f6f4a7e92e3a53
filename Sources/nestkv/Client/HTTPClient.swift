/// Sends requests to a nestkv server, one connection each (HTTP/1.1, RFC 9112). It follows no redirects and speaks no TLS.
///
/// A library would bring an event loop (AsyncHTTPClient), Foundation (URLSession) or 17 shared libraries that the
/// service would load, too (libcurl): see docs/decisions/0016.
struct HTTPClient: Sendable {
    let server: ServerURL
    /// How long a request may take, from connecting to the last byte of the answer; nil: as long as it wants.
    var timeout: Duration?

    /// Sends a request and reads the head of its answer.
    ///
    /// - Parameters:
    ///   - target: path and query, percent-encoded, beginning with `/`.
    ///   - fields: header fields besides `Host`, `Content-Length` and `Connection`.
    ///   - body: nil for none.
    func send(
        _ method: String, _ target: String, fields: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) throws(ClientFailure) -> ClientReply {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        let socket = try ClientSocket(to: server, deadline: deadline)
        var head = "\(method) \(server.base)\(target) HTTP/1.1\r\nHost: \(server.authority)\r\nConnection: close\r\n"
        for field in fields { head += "\(field.name): \(field.value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        try socket.send(Array((head + "\r\n").utf8) + (body ?? []))
        return try ClientReply(from: socket, to: method)
    }
}
