import CMicroHTTPD
import Glibc

extension Server {
    /// Stops the server and returns when it has stopped. Calling it again also waits; before `start` it does nothing.
    ///
    /// It accepts no new connections, ends streams, answers running requests with `Connection: close` and closes idle
    /// connections. It waits for this at most `drainTimeout`; requests without an answer then get a 503.
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

    /// Ends a waiting `drain` immediately: running requests get a 503 or are cut.
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
        // Refuses clients from now on. The descriptor stays open until no thread can use it any more.
        shutdown(running.listener.descriptor, Int32(SHUT_RDWR))
        streaming.finish()
        finishRequests()
        if hasStuckHandler {
            // Stopping would wait forever for the blocked thread. The process is about to end anyway.
            log("A handler still blocks a thread of the server; the server stops without waiting for it.")
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
        // One second for the last answers. The library must not be stopped while a connection is suspended.
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
