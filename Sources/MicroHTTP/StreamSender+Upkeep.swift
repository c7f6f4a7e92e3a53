import CMicroHTTPD
import Glibc

extension StreamSender {
    /// The interval of the upkeep in nanoseconds: a fraction of the shortest deadline.
    var upkeepInterval: UInt64 {
        let shortest = min(
            configuration.keepAliveInterval.nanoseconds, configuration.idleTimeout.nanoseconds,
            configuration.streamPatience.nanoseconds)
        return min(max(shortest / 8, 10_000_000), 1_000_000_000)
    }

    /// Sends keep-alives on idle streams, and ends streams whose clients don't read.
    func upkeep() {
        let silence = configuration.keepAliveInterval.nanoseconds
        let patience = configuration.idleTimeout.nanoseconds
        for case let stream? in streams {
            let since = now - stream.output.lastWrite
            if let end, now >= end {
                self.end(stream, .shutDown)
            } else if !stream.output.isEmpty {
                if since >= patience || !hasTakenEnough(stream) { end(stream, .tooSlow) }
            } else if let keepAlive, since >= silence, !stream.isClosed {
                queueUncounted(keepAlive, stream)
            }
        }
    }

    /// Whether the client has recently taken half a queue, if a caller waits for room.
    ///
    /// It counts sent bytes rather than the rest of the queue, because a large chunk leaves the queue only when its
    /// last byte was sent.
    private func hasTakenEnough(_ stream: ResponseStream) -> Bool {
        guard stream.load.load(ordering: .relaxed)[.awaited] else {
            stream.output.watch = nil
            return true
        }
        let written = stream.output.writtenBytes
        guard let watch = stream.output.watch, written - watch.writtenBytes < limits.bytes / 2 else {
            stream.output.watch = (now, written)
            return true
        }
        return now - watch.since < configuration.streamPatience.nanoseconds
    }

    /// Closes the socket of a stream that is not in the sender's list, and notifies all callers.
    func bury(_ stream: ResponseStream, _ ending: ResponseStream.Ending) {
        let socket = stream.output.socket
        switch ending {
        case .finished,
            .shutDown where stream.output.isSealed && !stream.output.isBlocked:
            // Closing with unread data would reset the connection, and the client might never see the end.
            var byte: UInt8 = 0
            if recv(socket, &byte, 1, Int32(MSG_DONTWAIT)) > 0 { linger(socket) }
        case .tooSlow, .aborted, .shutDown:
            // A reset discards unsent data in the kernel's memory immediately.
            var reset = Glibc.linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<Glibc.linger>.size))
        case .clientGone: break
        }
        Glibc.close(socket)
        census.leave(ending)
        if let record = stream.output.record { observe(record, stream.output.writtenBytes, ending) }
        stream.close(ending)
    }

    private func observe(_ request: StreamRecord, _ bytes: Int, _ ending: ResponseStream.Ending) {
        let end: Exchange.Ending =
            switch ending {
            case .finished: .completed
            case .clientGone, .aborted: .aborted
            case .tooSlow: .tooSlow
            case .shutDown: .shutDown
            }
        let record = request.record
        configuration.observer?(
            Exchange(
                method: request.head.method.rawValue, head: request.head, status: record.status,
                durationNanoseconds: Clock.now - record.started, requestBodyBytes: record.requestBodyBytes,
                responseBodyBytes: bytes, logFields: record.logFields, remoteAddress: request.remoteAddress,
                ending: end, rejection: nil))
    }
}
