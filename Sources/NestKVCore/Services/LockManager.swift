import DequeModule
import Synchronization

/// Spares writers of one process conflicts with each other. Correctness never rests on it: see ``Transaction``.
public protocol LockManager: Sendable {
    /// Waits until no other writer works at, above or below the key. Every call is followed by one ``unlock(_:)``.
    ///
    /// - Throws: ``StoreError`` `.contention` when too many writers wait already.
    func lock(_ key: Key) async throws(StoreError)

    /// Lets the next writers go on.
    func unlock(_ key: Key)
}

/// Hierarchical locks: a writer takes its path with everything below exclusively, and its ancestors as intent. So two
/// writers in one namespace run side by side, and a writer of the namespace itself waits for both.
///
/// First come, first served among those that are in each other's way. Nobody holds two locks, so there is no deadlock.
/// Paths are told apart by 64-bit hashes of their prefixes: two that collide wait for each other, which is harmless.
public final class PathLocks: LockManager {
    private struct Waiter {
        let key: Key
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var exclusive: Set<UInt64> = []
        var intents: [UInt64: Int] = [:]
        var waiters: Deque<Waiter> = []

        func isFree(_ key: Key) -> Bool {
            var isFree = true
            key.forEachPrefixHash { hash, isWhole in
                if exclusive.contains(hash) || (isWhole && intents[hash] != nil) { isFree = false }
            }
            return isFree
        }

        /// Whether one of the first `count` waiters must go before a writer of `key`.
        func isWaitedFor(_ key: Key, among count: Int) -> Bool {
            waiters.prefix(count).contains { $0.key.conflicts(with: key) }
        }

        mutating func take(_ key: Key) {
            key.forEachPrefixHash { hash, isWhole in
                if isWhole { exclusive.insert(hash) } else { intents[hash, default: 0] += 1 }
            }
        }

        mutating func release(_ key: Key) {
            key.forEachPrefixHash { hash, isWhole in
                if isWhole {
                    exclusive.remove(hash)
                } else if let count = intents[hash] {
                    intents[hash] = count > 1 ? count - 1 : nil
                }
            }
        }

        /// Takes for each waiter that was in the way of `released` and isn't in anybody's any more, in order.
        mutating func grantWaiters(for released: Key) -> [CheckedContinuation<Void, Never>] {
            var granted: [CheckedContinuation<Void, Never>] = []
            var index = 0
            while index < waiters.count {
                let key = waiters[index].key
                if key.conflicts(with: released), isFree(key), !isWaitedFor(key, among: index) {
                    take(key)
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

    public func lock(_ key: Key) async throws(StoreError) {
        // The uncontended way takes no continuation: a writer that finds its way free never suspends.
        let isTaken = state.withLock { state in
            guard state.isFree(key), !state.isWaitedFor(key, among: state.waiters.count) else { return false }
            state.take(key)
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
                state.waiters.append(Waiter(key: key, continuation: continuation))
                return state.grantWaiters(for: key)
            }
            for waiter in granted { waiter.resume() }
        }
    }

    public func unlock(_ key: Key) {
        let granted = state.withLock { state in
            state.release(key)
            return state.waiters.isEmpty ? [] : state.grantWaiters(for: key)
        }
        for waiter in granted { waiter.resume() }
    }
}

extension Key {
    /// Whether one of the two stands at or above the other.
    fileprivate func conflicts(with other: Key) -> Bool {
        contains(other) || other.contains(self)
    }

    /// Gives the FNV-1a hash of each prefix that ends at a segment's end, the entry point's first.
    fileprivate func forEachPrefixHash(_ body: (_ hash: UInt64, _ isWhole: Bool) -> Void) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in bytes.indices {
            hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3
            if bytes[index] == 0 { body(hash, index == bytes.count - 1) }
        }
    }
}
