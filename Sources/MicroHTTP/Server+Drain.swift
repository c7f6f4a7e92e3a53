import CMicroHTTPD
import Glibc

extension Server {
    /// Stops: accepts nothing new, ends streams, answers what is in flight with `Connection: close`, closes idle
    /// connections, and waits for all that at most `drainTimeout`; a request that is still unanswered then gets 503.
    /// Returns when the server has stopped. Calling it again waits as well; before `start` it does nothing.
    public func drain() async {
        await withCheckedContinuation { continuation in
            let thread = Thread("http-drain") {
                self.stop()
                continuation.resume()
            }
            guard let thread else { return continuation.resume() }
            thread.detach()
        }
    }

    /// Has a `drain` that waits end at once: what is in flight gets 503 or is cut.
    public func hurry() { isHurried.store(true, ordering: .relaxed) }

    private func stop() {
        let running = lifecycle.withLock { state -> Running? in
            guard case .running(let running) = state else { return nil }
            state = .draining(port: running.listener.port)
            return running
        }
        guard let running else { return waitUntilStopped() }
        isDraining.store(true, ordering: .relaxed)
        MHD_quiesce_daemon(running.daemon)
        // Refuses clients from now on; the number of the descriptor stays taken until no thread can use it any more.
        shutdown(running.listener.descriptor, Int32(SHUT_RDWR))
        streaming.finish()
        finishRequests()
        if hasStuckHandler {
            // Stopping would wait for ever for the thread that it blocks. The process is about to end anyway.
            log("A handler blocks a thread of the server; it is left behind.")
        } else {
            MHD_stop_daemon(running.daemon)
            running.callbacks.deallocate()
            Unmanaged.passUnretained(self).release()
        }
        workers.retire()
        streaming.stop()
        reaper.stop()
        Glibc.close(running.listener.descriptor)
        lifecycle.withLock { $0 = .stopped(port: running.listener.port) }
    }

    private func finishRequests() {
        let end = Clock.now &+ configuration.drainTimeout.nanoseconds
        while Clock.now < end, !isEmpty, !isHurried.load(ordering: .relaxed) {
            forEachConnection { $0.closeIfIdle() }
            usleep(5_000)
        }
        forEachConnection {
            $0.abandon()
            $0.expireNow(.shuttingDown)
        }
        // A second for the last answers; the library must not be stopped while a connection is suspended.
        let lastEnd = Clock.now + (isHurried.load(ordering: .relaxed) ? 100_000_000 : 1_000_000_000)
        while Clock.now < lastEnd, !isEmpty {
            forEachConnection { $0.closeIfIdle() }
            usleep(5_000)
        }
        forEachConnection { $0.cut() }
    }

    private var isEmpty: Bool { streams == 0 && table.withLock { $0.open.isEmpty } }

    private func forEachConnection(_ body: (Connection) -> Void) {
        for connection in table.withLock({ Array($0.open.values) }) { body(connection) }
    }

    private var hasStuckHandler: Bool {
        table.withLock {
            $0.open.values.contains { $0.state.withLock { $0.phase == .handling || $0.phase == .suspended } }
        }
    }

    private func waitUntilStopped() {
        while true {
            let isDone = lifecycle.withLock { if case .draining = $0 { false } else { true } }
            if isDone { return }
            usleep(5_000)
        }
    }
}
