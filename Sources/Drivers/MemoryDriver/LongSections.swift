import NestKVStorage
import Synchronization

/// Tells tasks that need a lock that it is held for long, so that they suspend and block no thread.
///
/// Only a hint: a task that comes just before ``begin()`` waits for the lock itself.
final class LongSections: Sendable {
    private let count = Atomic(0)
    private let waiters = Mutex<[UnsafeContinuation<Void, Never>]>([])

    /// Call before taking the lock for long.
    func begin() { count.add(1, ordering: .sequentiallyConsistent) }

    /// Call after releasing the lock. All waiting tasks go on, even if another long section has begun, so no task waits
    /// for ever.
    func end() {
        let waiting = waiters.withLock { waiters in
            count.subtract(1, ordering: .sequentiallyConsistent)
            defer { waiters = [] }
            return waiters
        }
        for waiter in waiting { waiter.resume() }
    }

    /// Whether a long section is running or about to.
    var isOn: Bool { count.load(ordering: .relaxed) > 0 }

    /// Returns when a long section ends.
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
