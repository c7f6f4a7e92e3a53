import CMicroHTTPD

/// The executor of the tasks that handle this connection's requests: what a handler does after it waited is done on the
/// library's thread again. So an answer that had to wait for a disk makes one thread change and not two, and nothing of a
/// request runs on Swift's cooperative pool, which has only a thread per core.
extension Connection: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isTaken = state.withLock { state in
            guard state.phase == .handling || state.phase == .suspended else { return false }
            state.jobs.append(job)
            wake(&state)
            return true
        }
        // The request is over without its handler, which goes on for nobody.
        if !isTaken { Self.runElsewhere([job]) }
    }

    /// Has the library call again for a connection that it put aside.
    ///
    /// Under the lock: the library's thread can't get past it and end the connection, or the daemon, meanwhile.
    func wake(_ state: inout State) {
        guard state.phase == .suspended, !state.isWoken else { return }
        state.isWoken = true
        MHD_resume_connection(handle)
    }

    static func runElsewhere(_ jobs: [UnownedJob]) {
        for job in jobs { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }
}
