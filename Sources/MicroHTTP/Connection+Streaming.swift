import CMicroHTTPD
import Glibc

/// Streams. A stream takes over the connection from the library, which then forgets it.
///
/// A stream therefore holds none of the library's memory, and idle streams don't lengthen the lists that it traverses.
/// The stream owns a second descriptor for the same connection, and the library closes only its own. This works because
/// with MHD_USE_TURBO the library doesn't shut the socket down before it closes it.
extension Connection {
    /// Sends the head of `response` and passes the rest of the connection to `open`.
    ///
    /// - Returns: the result that makes the library close its side.
    func stream(_ response: Response, _ open: @Sendable (ResponseStream) -> Void) -> MHD_Result {
        if head.method == .head { return sendHead(response) }
        if server.isDraining.load(ordering: .relaxed) { return decline(.shuttingDown) }
        let limit = server.configuration.streamLimit
        guard server.streaming.census.enter(limit: limit) else { return decline(.tooManyStreams(limit: limit)) }
        let own = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else {
            server.streaming.census.leave(.aborted)
            server.log("A stream could not be opened: \(String(cString: strerror(errno))).")
            return decline(.tooManyStreams(limit: server.streams))
        }
        state.withLock { $0.phase = .ended }
        prepare(own)
        var record: StreamRecord?
        if server.observes {
            self.record.note(response)
            record = StreamRecord(head: head, record: self.record, remoteAddress: remoteAddress)
            self.record = Record()
            isHandedOver = true
        }
        let output = ResponseStream.Output(socket: own, isChunked: !head.isHTTP10, record: record)
        let stream = ResponseStream(server.streaming.sender(for: own), output)
        stream.writeHead(RawResponse.encodeStreamHead(response, isChunked: !head.isHTTP10))
        stream.sender.push(.open(stream))
        open(stream)
        stream.sender.push(.settle(stream))
        return .NO
    }

    /// Answers `HEAD`. The library would send the last chunk, which clients would take for the next response.
    private func sendHead(_ response: Response) -> MHD_Result {
        let bytes = RawResponse.encodeStreamHead(response, isChunked: !head.isHTTP10)
        state.withLock { state in
            state.phase = .ended
            Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        lingers = true
        record.note(response)
        record.isHeadOfStream = true
        return .NO
    }

    /// Answers with a refusal and keeps the connection open.
    func decline(_ rejection: Rejection) -> MHD_Result {
        let result = send(rendered(rejection))
        record.rejection = rejection
        return result
    }

    private func prepare(_ socket: Int32) {
        func set(_ level: Int32, _ option: Int32, _ value: Int) {
            var value = Int32(clamping: value)
            setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        let configuration = server.configuration
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if configuration.streamSendBuffer > 0 { set(SOL_SOCKET, SO_SNDBUF, configuration.streamSendBuffer) }
        // A client that vanished without closing is detected when sent data stays unacknowledged for this time.
        let patience = configuration.keepAliveInterval.nanoseconds / 1_000_000
        set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Int(patience))
    }
}

extension ResponseStream {
    /// Writes the head immediately, before anything else can be written.
    fileprivate func writeHead(_ head: [UInt8]) {
        let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
        let written = max(0, Glibc.send(output.socket, head, head.count, flags))
        guard written < head.count else { return }
        let rest = StreamChunk(unframed: Array(head[written...]))
        load.update { $0.add(StreamLoad.Cost(rest)) }
        output.unsentHead = rest
    }
}
