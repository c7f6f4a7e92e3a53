import DequeModule
import Synchronization

/// Spares writers of one process conflicts with each other. Correctness never rests on it: see ``Transaction``.
public protocol LockManager: Sendable {
    /// Waits until no other writer works at, above or below any of the keys, and takes them all at once. Every call is
    /// followed by one ``unlock(_:)`` with the same keys.
    ///
    /// - Parameter keys: none of them stands above another.
    /// - Throws: ``StoreError`` `.contention` when too many writers wait already.
    func lock(_ keys: [Key]) async throws(StoreError)

    /// Lets the next writers go on.
    func unlock(_ keys: [Key])
}

/// Hierarchical locks: a writer takes its paths with everything below exclusively, and their ancestors as intent. So
/// two writers in one namespace run side by side, and a writer of the namespace itself waits for both.
///
/// First come, first served among those that are in each other's way. Nobody waits while holding anything, so there is
/// no deadlock: a writer of several paths that took them one by one could hold one, and stand for the next behind a
/// writer who waits for the first.
/// Paths are told apart by 64-bit hashes of their prefixes: two that collide wait for each other, which is harmless.
public final class PathLocks: LockManager {
    private struct Waiter {
        let keys: [Key]
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var exclusive: [UInt64: Int] = [:]
        var intents: [UInt64: Int] = [:]
        var waiters: Deque<Waiter> = []

        func isFree(_ keys: [Key]) -> Bool {
            var isFree = true
            for key in keys {
                key.forEachPrefixHash { hash, isWhole in
                    if exclusive[hash] != nil || (isWhole && intents[hash] != nil) { isFree = false }
                }
            }
            return isFree
        }

        /// Whether one of the first `count` waiters must go before a writer of `keys`.
        func isWaitedFor(_ keys: [Key], among count: Int) -> Bool {
            waiters.prefix(count).contains { $0.keys.conflict(with: keys) }
        }

        mutating func take(_ keys: [Key]) {
            for key in keys {
                key.forEachPrefixHash { hash, isWhole in
                    if isWhole { exclusive[hash, default: 0] += 1 } else { intents[hash, default: 0] += 1 }
                }
            }
        }

        mutating func release(_ keys: [Key]) {
            for key in keys {
                key.forEachPrefixHash { hash, isWhole in
                    if isWhole { exclusive.decrease(hash) } else { intents.decrease(hash) }
                }
            }
        }

        /// Takes for each waiter that isn't in anybody's way any more, in order.
        mutating func grantWaiters() -> [CheckedContinuation<Void, Never>] {
            var granted: [CheckedContinuation<Void, Never>] = []
            var index = 0
            while index < waiters.count {
                let keys = waiters[index].keys
                if isFree(keys), !isWaitedFor(keys, among: index) {
                    take(keys)
                    granted.append(waiters.remove(at: index).continuation)
                } else {
                    index += 1
                }
            }
            return granted
        }
    }

    private let state = Mutex(State())
    private let maximumWaiters: Int

    /// Locks with at most this many writers waiting at once.
    public init(maximumWaiters: Int = 10_000) {
        self.maximumWaiters = maximumWaiters
    }

    public func lock(_ keys: [Key]) async throws(StoreError) {
        // The uncontended way takes no continuation: a writer that finds its way free never suspends.
        let isTaken = state.withLock { state in
            guard state.isFree(keys), !state.isWaitedFor(keys, among: state.waiters.count) else { return false }
            state.take(keys)
            return true
        }
        if isTaken { return }
        guard state.withLock({ $0.waiters.count < maximumWaiters }) else {
            throw StoreError(
                .contention, "\(maximumWaiters) writers wait for their turn already; try again.", limit: maximumWaiters)
        }
        await withCheckedContinuation { continuation in
            // The way may have become free since.
            let granted = state.withLock { state in
                state.waiters.append(Waiter(keys: keys, continuation: continuation))
                return state.grantWaiters()
            }
            for waiter in granted { waiter.resume() }
        }
    }

    public func unlock(_ keys: [Key]) {
        let granted = state.withLock { state in
            state.release(keys)
            return state.waiters.isEmpty ? [] : state.grantWaiters()
        }
        for waiter in granted { waiter.resume() }
    }
}

extension [UInt64: Int] {
    /// Counts one less of a hash.
    fileprivate mutating func decrease(_ hash: UInt64) {
        guard let index = index(forKey: hash) else { return }
        if values[index] > 1 { values[index] -= 1 } else { remove(at: index) }
    }
}

extension [Key] {
    /// Whether a key of the one stands at or above a key of the other.
    fileprivate func conflict(with others: [Key]) -> Bool {
        contains { key in others.contains { key.isRelated(to: $0) } }
    }
}

extension Key {
    /// Gives the FNV-1a hash of each prefix that ends at a segment's end, the entry point's first.
    fileprivate func forEachPrefixHash(_ body: (_ hash: UInt64, _ isWhole: Bool) -> Void) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in bytes.indices {
            hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3
            if bytes[index] == 0 { body(hash, index == bytes.count - 1) }
        }
    }
}
