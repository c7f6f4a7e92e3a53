import CMicroHTTPD
import Glibc

/// The open connections by their descriptor.
struct ConnectionTable {
    var open: [Int32: Connection] = [:]
    /// The number of connections over the limit.
    var surplus = 0
    /// The HTTP threads that have run connections.
    var threads: [pthread_t: HTTPThread] = [:]
}

extension Server {
    /// A connection was accepted, by the thread that will run it.
    func open(_ handle: OpaquePointer) -> Connection {
        let (connection, isHopeless) = table.withLock { table in
            let isSurplus = table.open.count - table.surplus >= configuration.connectionLimit
            let connection = Connection(
                server: self, handle: handle, thread: thread(pthread_self(), &table), isSurplus: isSurplus)
            table.open[connection.socket] = connection
            if isSurplus { table.surplus += 1 }
            // This many clients over the limit are read from before they get a 503; further clients get it
            // immediately.
            return (connection, table.surplus > configuration.spareSockets)
        }
        if isHopeless {
            _ = connection.refuse(.tooManyConnections(limit: configuration.connectionLimit))
            shutdown(connection.socket, Int32(SHUT_RDWR))
        }
        return connection
    }

    private func thread(_ number: pthread_t, _ table: inout ConnectionTable) -> HTTPThread {
        if let known = table.threads[number] { return known }
        let thread = HTTPThread(keptReplyBytes: configuration.keptReplyBytes)
        table.threads[number] = thread
        return thread
    }

    /// The library is about to close the descriptor.
    func close(_ connection: Connection) {
        table.withLock { table in
            table.open[connection.socket] = nil
            if connection.isSurplus { table.surplus -= 1 }
        }
        connection.close()
    }
}

extension Connection {
    var isBusy: Bool {
        state.withLock {
            switch $0.phase {
            case .idle, .ended: false
            case .head, .body, .handling, .suspended, .answering: true
            }
        }
    }

    /// The library is about to close the descriptor.
    fileprivate func close() {
        answerGarbage()
        let expiry = state.withLock { state in
            state.isClosed = true
            state.phase = .ended
            return state.expiry
        }
        if lingers { server.reaper.linger(socket) }
        guard server.observes, !isHandedOver else { return }
        // The library doesn't report an unfinished request line, so these requests were not observed yet.
        if let expiry { record.note(expiry, rendered(expiry)) }
        if let rejection = record.rejection { observe(rejection == .requestTimeout ? .timedOut : .completed) }
    }

    /// Answers a first line that doesn't resemble a request line, for example a TLS handshake. The library would close
    /// without an answer. In this case bytes were received, no request began, and neither side has ended the
    /// connection.
    private func answerGarbage() {
        var progress = cmhd_progress()
        let isUnused = state.withLock { $0.sequence == 0 && $0.phase == .idle }
        guard isUnused, !server.isDraining.load(ordering: .relaxed), cmhd_tcp_progress(socket, &progress),
            progress.received > 0, progress.is_established
        else { return }
        _ = refuse(.malformed("The first line is not an HTTP/1.1 request line (RFC 9112 §3)."))
    }
}
