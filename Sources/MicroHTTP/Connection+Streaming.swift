import CMicroHTTPD
import Glibc

/// A stream takes the connection's socket away from the library, which then forgets the connection.
///
/// So a stream holds none of the library's memory, idle streams don't lengthen the lists it walks through, and nobody
/// else uses, or closes, the descriptor: it is a second one for the same connection, the library closes only its own.
/// That works because with MHD_USE_TURBO the library doesn't shut the socket down before it closes it.
extension Connection {
    /// Sends the head of `response` and hands the rest of the connection to `open`.
    ///
    /// - Returns: what makes the library close its side.
    func stream(_ response: Response, _ open: @Sendable (ResponseStream) -> Void) -> MHD_Result {
        if head.method == .head { return sendHead(response) }
        if server.isDraining.load(ordering: .relaxed) { return decline(.shuttingDown) }
        let limit = server.configuration.streamLimit
        guard server.streaming.census.enter(limit: limit) else { return decline(.tooManyStreams(limit: limit)) }
        let own = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else {
            server.streaming.census.leave(.aborted)
            server.log("A stream was refused: \(String(cString: strerror(errno))).")
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

    /// Answers `HEAD`. The library would send the last chunk after it, which `HEAD` never has, for the next response.
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

    /// Answers with a refusal that is no reason to close the connection.
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
        // A client that has vanished without a word is noticed when what it was sent stays unanswered for so long.
        let patience = configuration.keepAliveInterval.nanoseconds / 1_000_000
        set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Int(patience))
    }
}

extension ResponseStream {
    /// At once, before anybody else may write.
    fileprivate func writeHead(_ head: [UInt8]) {
        let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
        let written = max(0, Glibc.send(output.socket, head, head.count, flags))
        guard written < head.count else { return }
        let rest = StreamChunk(unframed: Array(head[written...]))
        load.update { $0.add(StreamLoad.Cost(rest)) }
        output.unsentHead = rest
    }
}
