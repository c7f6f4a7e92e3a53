import CMicroHTTPD
import Glibc

/// The deadlines of a connection, checked by the reaper.
extension Connection {
    /// The state at the reaper's last check, and since when it lasts.
    struct Watch {
        var sequence: UInt32 = 0
        var phase = Phase.idle
        var since: UInt64 = 0
        /// When the first bytes of a request were noticed. The library reports nothing before the request line is
        /// complete.
        var headSince: UInt64?
        /// The bytes received when waiting for the request began; 0 for a new connection.
        var received: UInt64? = 0
        var acknowledged: UInt64 = 0
        /// Whether the previous check already found that the client has closed its side.
        var isHalfClosed = false
    }

    func inspect(_ now: UInt64, _ deadlines: Reaper.Deadlines) {
        let (phase, sequence, progress) = state.withLock { state -> (Phase, UInt32, cmhd_progress?) in
            var progress = cmhd_progress()
            let matters = !state.isClosed && (state.phase == .idle || state.phase == .answering)
            let isKnown = matters && cmhd_tcp_progress(socket, &progress)
            return (state.phase, state.sequence, isKnown ? progress : nil)
        }
        notice(now, phase, sequence)
        switch phase {
        case .idle:
            if let received = progress?.received {
                if watch.received == nil { watch.received = received }
                if received > watch.received ?? received, watch.headSince == nil { watch.headSince = now }
            }
            // The library misses an end of stream that arrives together with data. It must be seen twice, so that the
            // library can read the data.
            if let progress, !progress.is_established {
                if watch.isHalfClosed { return expire(nil) }
                watch.isHalfClosed = true
            }
            if let headSince = watch.headSince {
                if now - headSince >= deadlines.head { expire(.requestTimeout) }
            } else if now - watch.since >= (isSurplus ? min(deadlines.idle, 2_000_000_000) : deadlines.idle) {
                expire(isSurplus ? .tooManyConnections(limit: server.configuration.connectionLimit) : nil)
            }
        case .head:
            if now - (watch.headSince ?? watch.since) >= deadlines.head { expire(.requestTimeout) }
        case .body:
            if now - watch.since >= deadlines.body { expire(.requestTimeout) }
        case .answering:
            if let acknowledged = progress?.acknowledged, acknowledged != watch.acknowledged {
                watch.acknowledged = acknowledged
                watch.since = now
            }
            if now - watch.since >= deadlines.idle { cut() }
        case .handling, .suspended, .ended: break
        }
    }

    private func notice(_ now: UInt64, _ phase: Phase, _ sequence: UInt32) {
        if watch.since == 0 {
            watch.since = now
            watch.phase = phase
        } else if watch.sequence != sequence {
            watch = Watch(sequence: sequence, phase: phase, since: now, received: nil, acknowledged: watch.acknowledged)
        } else if watch.phase != phase {
            watch.phase = phase
            watch.since = now
        }
    }

    /// Ends a connection that waits for a request or the rest of one, unless it has just arrived. A started request
    /// gets a 408; otherwise the connection is closed without an answer.
    ///
    /// The request is read on the library's thread, and both sides change the phase under the lock. Either the handler
    /// gets the request or this answer is sent.
    func expire(_ rejection: Rejection?) {
        let expected = (watch.phase, watch.sequence)
        let response = rejection.map { renderedElsewhere($0) }
        state.withLock { state in
            guard !state.isClosed, (state.phase, state.sequence) == expected else { return }
            state.phase = .ended
            state.expiry = rejection
            if let response { RawResponse.send(response, to: socket) }
            // This wakes the library, which then closes.
            shutdown(socket, Int32(SHUT_RDWR))
        }
    }

    /// The library's thread may be writing to the head, so the answer gets an id of its own.
    private func renderedElsewhere(_ rejection: Rejection) -> Response {
        server.configuration.rejection(rejection, RequestHead().requestID, nil)
    }

    /// Ends a request that did not arrive completely.
    func expireNow(_ rejection: Rejection) {
        let response = renderedElsewhere(rejection)
        state.withLock { state in
            guard !state.isClosed, state.phase == .head || state.phase == .body else { return }
            state.phase = .ended
            state.expiry = rejection
            RawResponse.send(response, to: socket)
            shutdown(socket, Int32(SHUT_RDWR))
        }
    }

    /// Ends a connection that waits for its next request.
    func closeIfIdle() {
        state.withLock { state in
            guard !state.isClosed, state.phase == .idle else { return }
            state.phase = .ended
            shutdown(socket, Int32(SHUT_RDWR))
        }
    }

    /// Ends the connection in the middle of a response.
    func cut() {
        state.withLock { state in
            guard !state.isClosed, state.phase == .answering else { return }
            shutdown(socket, Int32(SHUT_RDWR))
        }
    }
}
