import CMicroHTTPD

/// The queue of jobs with which a handler continues.
extension Connection {
    /// Lets the library's thread run a job of the worker; false if the request ended without its handler.
    func enqueue(_ job: UnownedJob) -> Bool {
        state.withLock { state in
            guard state.phase == .handling || state.phase == .suspended else { return false }
            state.jobs.append(job)
            wake(&state)
            return true
        }
    }

    /// Makes the library call again for a suspended connection.
    ///
    /// It is called under the lock, so that the library's thread can't end the connection or the daemon meanwhile.
    func wake(_ state: inout State) {
        guard state.phase == .suspended, !state.isWoken else { return }
        state.isWoken = true
        MHD_resume_connection(handle)
    }
}
