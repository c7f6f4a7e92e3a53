/// The bytes that a connection has in flight, counted in ``BytesInFlight``.
extension Connection {
    struct Cargo {
        /// The counted bytes of the request's body.
        var requestBytes = 0
        /// The response's body, if it is large.
        var body: Body?

        var isEmpty: Bool { requestBytes == 0 && body == nil }
    }

    /// Counts a request body with this many announced or received bytes.
    ///
    /// - Returns: false if there is no room for it.
    func admit(_ bytes: Int) -> Bool {
        let more = bytes - cargo.requestBytes
        guard bytes >= BytesInFlight.smallest, more > 0 else { return true }
        guard server.inFlight.take(more) else {
            server.inFlight.noteRefusal()
            return false
        }
        cargo.requestBytes = bytes
        return true
    }

    /// Counts the body of a response.
    ///
    /// - Returns: the body to send; nil if there is no room for it.
    func load(_ response: Response) -> Body? {
        let body = response.prepared?.sharedBody ?? Body(response.body)
        guard body.bytes.count >= BytesInFlight.smallest, head.method != .head, response.status != 304 else {
            return body
        }
        let isRepeatable = response.isRepeatable ?? (head.method == .get)
        guard let shared = server.inFlight.begin(body, response.source, always: !isRepeatable) else {
            server.inFlight.noteRefusal()
            return nil
        }
        cargo.body = shared
        return shared
    }

    /// Ends the counting when the request is over.
    func unload() {
        if cargo.requestBytes > 0 { server.inFlight.give(back: cargo.requestBytes) }
        if let body = cargo.body { server.inFlight.end(body) }
        cargo = Cargo()
    }
}
