import CMicroHTTPD

/// The queue of what a handler goes on with.
extension Connection {
    /// Has the library's thread run a job of the worker; false when the request is over without its handler.
    func enqueue(_ job: UnownedJob) -> Bool {
        state.withLock { state in
            guard state.phase == .handling || state.phase == .suspended else { return false }
            state.jobs.append(job)
            wake(&state)
            return true
        }
    }

    /// Has the library call again for a connection that it put aside.
    ///
    /// Under the lock: the library's thread can't get past it and end the connection, or the daemon, meanwhile.
    func wake(_ state: inout State) {
        guard state.phase == .suspended, !state.isWoken else { return }
        state.isWoken = true
        MHD_resume_connection(handle)
    }
}
