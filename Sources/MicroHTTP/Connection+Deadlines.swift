import CMicroHTTPD
import Glibc

/// How the reaper sees a connection.
extension Connection {
    /// What it saw last time, and since when.
    struct Watch {
        var sequence: UInt32 = 0
        var phase = Phase.idle
        var since: UInt64 = 0
        /// When the first bytes of a request were noticed. The library tells nothing before the request line is
        /// complete.
        var headSince: UInt64?
        /// What had been received when waiting for the request began; a new connection has received nothing.
        var received: UInt64? = 0
        var acknowledged: UInt64 = 0
        /// The client has ended its side; seen once already.
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
            // The library misses an end of stream that arrives together with data. Twice, to let it read the data.
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

    /// Ends a connection that waits for a request or the rest of one, unless that has just arrived: with 408, or
    /// without a word where nothing was begun.
    ///
    /// The request is read on the library's thread, and both sides take the step under the lock: either the handler
    /// gets it or this answer is sent.
    func expire(_ rejection: Rejection?) {
        let expected = (watch.phase, watch.sequence)
        let response = rejection.map { renderedElsewhere($0) }
        state.withLock { state in
            guard !state.isClosed, (state.phase, state.sequence) == expected else { return }
            state.phase = .ended
            state.expiry = rejection
            if let response { RawResponse.send(response, to: socket) }
            // Wakes the library, which then closes.
            shutdown(socket, Int32(SHUT_RDWR))
        }
    }

    /// The head is being written to by the library's thread, so the answer gets an id of its own.
    private func renderedElsewhere(_ rejection: Rejection) -> Response {
        server.configuration.rejection(rejection, RequestHead.nextID(), nil)
    }

    /// Ends a request that has not arrived completely.
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
