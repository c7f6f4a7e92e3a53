import DequeModule
import MicroText
import NestKVStorage
import Synchronization

/// Prevents conflicts between the writers of one process. Correctness never depends on it; see ``Transaction``.
public protocol LockService: Sendable {
    /// Waits until no other writer holds a key at, above or below any of these keys, then locks all of them at once.
    /// Balance every call with one ``unlock(_:)`` with the same keys.
    ///
    /// - Parameter keys: none of them is an ancestor of another.
    /// - Throws: ``StoreError`` `.contention` if too many writers already wait.
    func lock(_ keys: [Key]) async throws(StoreError)

    /// Locks the keys like ``lock(_:)`` if no other writer must be waited for; otherwise false, and nothing is locked.
    func lockAtOnce(_ keys: [Key]) -> Bool

    /// Unlocks the keys and lets the next writers continue.
    func unlock(_ keys: [Key])
}

/// Hierarchical locks. A writer locks its paths with everything below them exclusively, and their ancestors as intent.
/// Two writers in one namespace therefore run concurrently, and a writer of the namespace itself waits for both.
///
/// Conflicting writers are served in the order of their arrival. A writer never waits while it holds a lock, so there
/// is no deadlock. If a writer of several paths locked them one by one, it could hold one path and wait for the next
/// behind a writer that waits for the first.
///
/// Paths are identified by 64-bit hashes of their prefixes. Paths with equal hashes wait for each other, which is
/// harmless.
public final class PathLocks: LockService {
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

        /// Whether one of the first `count` waiters must be served before a writer of `keys`.
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

        /// Grants the locks of all waiters that no longer conflict with another writer, in order.
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
        // An uncontended lock needs no continuation; the writer doesn't suspend.
        if lockAtOnce(keys) { return }
        guard state.withLock({ $0.waiters.count < maximumWaiters }) else {
            throw StoreError(
                .contention, "\(maximumWaiters) writers are already waiting; try again later.", limit: maximumWaiters)
        }
        await withCheckedContinuation { continuation in
            // The keys may have been unlocked since.
            let granted = state.withLock { state in
                state.waiters.append(Waiter(keys: keys, continuation: continuation))
                return state.grantWaiters()
            }
            for waiter in granted { waiter.resume() }
        }
    }

    public func lockAtOnce(_ keys: [Key]) -> Bool {
        state.withLock { state in
            guard state.isFree(keys), !state.isWaitedFor(keys, among: state.waiters.count) else { return false }
            state.take(keys)
            return true
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
    /// Decreases the count of a hash by one.
    fileprivate mutating func decrease(_ hash: UInt64) {
        guard let index = index(forKey: hash) else { return }
        if values[index] > 1 { values[index] -= 1 } else { remove(at: index) }
    }
}

extension [Key] {
    /// Whether a key of one list equals a key of the other list or is its ancestor.
    fileprivate func conflict(with others: [Key]) -> Bool {
        contains { key in others.contains { key.isRelated(to: $0) } }
    }
}

extension Key {
    /// Calls `body` with the FNV-1a hash of each prefix that ends with a segment, beginning with the entry point.
    fileprivate func forEachPrefixHash(_ body: (_ hash: UInt64, _ isWhole: Bool) -> Void) {
        var hash = FNV1a()
        for index in bytes.indices {
            hash.add(bytes[index])
            if bytes[index] == 0 { body(hash.value, index == bytes.count - 1) }
        }
    }
}
