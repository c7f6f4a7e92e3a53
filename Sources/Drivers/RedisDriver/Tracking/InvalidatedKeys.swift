import DequeModule
import NestKVStorage
import Synchronization

/// Keys that Redis reported as changed, until they are checked: it reports only the names, not which program changed
/// them.
///
/// What this process itself writes is reported, too. Such a key is checked a little later, once, however often it was
/// written meanwhile: another program may have written it at the same moment.
final class InvalidatedKeys: Sendable {
    /// What must be checked.
    struct Work {
        var keys: [Key]
        /// Whether the store's revision may have risen.
        var checksRevision: Bool
    }

    private struct OwnWrite {
        var inFlight = 0
        var until = ContinuousClock.now
    }

    private struct State {
        /// The keys that this process writes or has just written.
        var ownWrites: [Key: OwnWrite] = [:]
        /// Those of them that were reported. They are queued at the next tick.
        var deferred: Set<Key> = []
        var queued: Set<Key> = []
        var queue = Deque<Key>()
        var checking: [Key] = []
        /// The keys checked last.
        var checked = Deque<Key>()
        var checksRevision = false
        var overflowed = false
        var isClosed = false
        /// The numbers of keys queued and checked so far. A waiting task waits for a number.
        var queuedCount = 0
        var checkedCount = 0
        var waiters: [(count: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    /// The most waiting keys. Beyond that, all keys are scanned.
    private static let keysMax = 50_000
    /// How many checked keys are remembered.
    private static let checkedMax = 2000
    /// The most keys checked at once.
    private static let batch = 200

    private let state = Mutex(State())
    /// Yields when there is work.
    let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() {
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Call before this process writes these keys.
    func willWrite(_ keys: [Key]) {
        state.withLock { state in
            for key in keys { state.ownWrites[key, default: OwnWrite()].inFlight += 1 }
        }
    }

    /// Call after it has written them, or may have.
    func didWrite(_ keys: [Key]) {
        let until = ContinuousClock.now + .milliseconds(5)
        state.withLock { state in
            for key in keys {
                state.ownWrites[key]?.inFlight -= 1
                state.ownWrites[key]?.until = until
            }
        }
    }

    /// The server reported these keys as changed. `isCommit`: the store's own state was among them.
    func add(_ keys: [Key], isCommit: Bool) {
        let hasWork = state.withLock { state in
            var isOwn = !keys.isEmpty
            for key in keys {
                if state.ownWrites[key] != nil {
                    state.deferred.insert(key)
                } else {
                    isOwn = false
                    Self.queue(key, &state)
                }
            }
            if isCommit, !isOwn { state.checksRevision = true }
            return state.checksRevision || !state.queue.isEmpty
        }
        if hasWork { signal.yield() }
    }

    private static func queue(_ key: Key, _ state: inout State) {
        guard state.queue.count < keysMax else {
            state.overflowed = true
            return
        }
        guard state.queued.insert(key).inserted else { return }
        state.queue.append(key)
        state.queuedCount += 1
    }

    /// Queues the keys that this process wrote, and the revision, to be checked.
    ///
    /// - Returns: whether all keys must be scanned.
    func tick() -> Bool {
        let now = ContinuousClock.now
        let overflowed = state.withLock { state in
            for key in state.deferred { Self.queue(key, &state) }
            state.deferred.removeAll(keepingCapacity: true)
            state.ownWrites = state.ownWrites.filter { $0.value.inFlight > 0 || $0.value.until > now }
            state.checksRevision = true
            defer { state.overflowed = false }
            return state.overflowed
        }
        signal.yield()
        return overflowed
    }

    /// The next work; nil: there is no work.
    func take() -> Work? {
        state.withLock { state in
            let keys = Array(state.queue.prefix(Self.batch))
            guard !keys.isEmpty || state.checksRevision else { return nil }
            state.queue.removeFirst(keys.count)
            for key in keys { state.queued.remove(key) }
            state.checking = keys
            defer { state.checksRevision = false }
            return Work(keys: keys, checksRevision: state.checksRevision)
        }
    }

    /// The work taken last is done.
    func finish() {
        let woken = state.withLock { state in
            state.checkedCount += state.checking.count
            state.checked.append(contentsOf: state.checking)
            state.checked.removeFirst(max(state.checked.count - Self.checkedMax, 0))
            state.checking = []
            let woken = state.waiters.filter { $0.count <= state.checkedCount }
            state.waiters.removeAll { $0.count <= state.checkedCount }
            return woken
        }
        for waiter in woken { waiter.continuation.resume(returning: true) }
    }

    /// The number of keys checked so far. Take it before a read.
    var checkedCount: Int { state.withLock { $0.checkedCount } }

    /// Waits until all these keys below a key are checked.
    ///
    /// - Parameter count: the number of keys that were checked when the read was sent.
    /// - Returns: whether any were checked since. If so, what was read may be incomplete.
    func waitUntilChecked(below key: Key, since count: Int) async -> Bool {
        await withCheckedContinuation { continuation in
            let result = state.withLock { state -> Bool? in
                if state.isClosed { return false }
                guard state.queue.contains(where: key.contains) || state.checking.contains(where: key.contains) else {
                    // A check may have ended after the read and before this.
                    let ended = state.checkedCount - count
                    return ended > state.checked.count || state.checked.suffix(ended).contains(where: key.contains)
                }
                state.waiters.append((state.queuedCount, continuation))
                return nil
            }
            if let result { continuation.resume(returning: result) }
        }
    }

    /// Ends all waiting.
    func close() {
        signal.finish()
        let woken = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in woken { waiter.continuation.resume(returning: false) }
    }
}
