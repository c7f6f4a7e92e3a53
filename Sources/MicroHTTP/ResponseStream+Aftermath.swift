import Synchronization

extension ResponseStream {
    /// The callers that wait for events of a stream.
    struct Aftermath {
        var ending: Ending?
        var closeHandlers: [@Sendable (Ending) -> Void] = []
        var waiters: [CheckedContinuation<Bool, Never>] = []
    }

    /// Calls `body` exactly once when the stream is over; immediately if it already is.
    ///
    /// It is called on a thread that also sends to other streams, so it must be quick and not block.
    public func onClose(_ body: @escaping @Sendable (Ending) -> Void) {
        let ending = aftermath.withLock { aftermath in
            if aftermath.ending == nil { aftermath.closeHandlers.append(body) }
            return aftermath.ending
        }
        if let ending { body(ending) }
    }

    /// Waits until the queue is half empty. If there is no other sender, the next send is then accepted, however large.
    ///
    /// - Returns: false if the stream is closed.
    public func waitForRoom() async -> Bool {
        let state = load.load(ordering: .acquiring)
        if state.isClosed { return false }
        if state.isHalfEmpty(sender.limits) { return true }
        return await withCheckedContinuation { continuation in
            let answer = aftermath.withLock { aftermath -> Bool? in
                // A thread that makes room after this sees the flag and takes the lock.
                let state = load.update { load in
                    load[.awaited] = true
                    return load
                }
                if state.isClosed { return false }
                if state.isHalfEmpty(sender.limits) { return true }
                aftermath.waiters.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Removes a sent chunk's cost from the load.
    func release(_ cost: StreamLoad.Cost) {
        let isAwaited = load.update { load in
            load.remove(cost)
            guard load.isHalfEmpty(sender.limits) else { return false }
            load[.overflown] = false
            return load[.awaited]
        }
        if isAwaited { answerWaiters(true) }
    }

    /// Answers all callers of `waitForRoom`.
    func answerWaiters(_ hasRoom: Bool) {
        let waiters = aftermath.withLock { aftermath in
            load.update { $0[.awaited] = false }
            defer { aftermath.waiters = [] }
            return aftermath.waiters
        }
        for waiter in waiters { waiter.resume(returning: hasRoom) }
    }

    /// Ends the stream and calls all waiting callers, once.
    func close(_ ending: Ending) {
        load.update { $0.end() }
        let handlers = aftermath.withLock { aftermath -> [@Sendable (Ending) -> Void] in
            guard aftermath.ending == nil else { return [] }
            aftermath.ending = ending
            defer { aftermath.closeHandlers = [] }
            return aftermath.closeHandlers
        }
        answerWaiters(false)
        for handler in handlers { handler(ending) }
    }
}
