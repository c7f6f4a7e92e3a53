import Synchronization

/// Wakes tasks that wait for a store's revision to rise. Drivers use it for ``Driver/waitForChange(in:after:)``.
public final class RevisionSignal: Sendable {
    private struct Waiter {
        let revision: Revision
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var revision: Revision
        var isClosed = false
        var nextID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
    }

    private let state: Mutex<State>

    /// A signal with an initial revision.
    public init(revision: Revision) {
        state = Mutex(State(revision: revision))
    }

    /// Raises the revision and wakes the tasks that wait for it. A revision smaller than the current one is ignored.
    public func advance(to revision: Revision) {
        let woken = state.withLock { state -> [Waiter] in
            state.revision = max(state.revision, revision)
            guard !state.waiters.isEmpty else { return [] }
            let reached = state.waiters.filter { $0.value.revision < revision }
            for id in reached.keys { state.waiters[id] = nil }
            return Array(reached.values)
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// The current revision.
    public var revision: Revision { state.withLock { $0.revision } }

    /// Raises the revision by a number.
    public func advance(by count: Revision) { advance(to: revision + count) }

    /// Returns when the revision is greater than `revision`, the waiting task is cancelled, or the signal is closed.
    public func wait(after revision: Revision) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // A task is marked as cancelled before its handler runs. Either the mark is seen here, or the
                    // handler takes the lock later and finds the waiter.
                    if state.revision > revision || state.isClosed || Task.isCancelled { return true }
                    state.waiters[id] = Waiter(revision: revision, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }

    /// Wakes all waiting tasks, now and in the future, because the store is shutting down.
    public func close() {
        let woken = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in woken { waiter.continuation.resume() }
    }
}
