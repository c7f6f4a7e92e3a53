import Synchronization

/// Tells who wants a lock that it is held for long, so that tasks wait for it and no threads.
///
/// Only a hint: who comes in the moment before it is held for long waits for it as for any lock.
final class LongSections: Sendable {
    private let count = Atomic(0)
    private let waiters = Mutex<[UnsafeContinuation<Void, Never>]>([])

    /// Somebody is about to take the lock for long.
    func begin() { count.add(1, ordering: .sequentiallyConsistent) }

    /// It has given it back: all who waited go on, though another may have begun, so that nobody waits for ever.
    func end() {
        let waiting = waiters.withLock { waiters in
            count.subtract(1, ordering: .sequentiallyConsistent)
            defer { waiters = [] }
            return waiters
        }
        for waiter in waiting { waiter.resume() }
    }

    /// Whether somebody holds the lock for long, or is about to.
    var isOn: Bool { count.load(ordering: .relaxed) > 0 }

    /// Returns when somebody who holds the lock for long gives it back.
    func wait() async {
        await withUnsafeContinuation { continuation in
            let isOver = waiters.withLock { waiters in
                guard count.load(ordering: .sequentiallyConsistent) > 0 else { return true }
                waiters.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}
