import DequeModule
import NestKVStorage
import Synchronization

/// Changed keys, until it is known whether nestkv changed them. Redis reports only their names.
///
/// What this process itself writes is reported, too. Such a key is examined a little later, once, however often it was
/// written meanwhile: another program may have written it at the same moment.
final class Suspects: Sendable {
    /// What must be examined.
    struct Work {
        var keys: [Key]
        /// Whether the store's revision may have risen.
        var revision: Bool
    }

    private struct Own {
        var inFlight = 0
        var until = ContinuousClock.now
    }

    private struct State {
        var own: [Key: Own] = [:]
        var later: Set<Key> = []
        var queued: Set<Key> = []
        var queue = Deque<Key>()
        var checking: [Key] = []
        var asksRevision = false
        var overflowed = false
        var isClosed = false
        /// The numbers of keys queued and examined so far. A waiting task waits for a number.
        var queuedCount = 0
        var doneCount = 0
        var waiters: [(count: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    /// The most waiting keys. Beyond that, all keys are scanned.
    private static let keysMax = 50_000
    /// The most keys examined at once.
    private static let batch = 200

    private let state = Mutex(State())
    /// Yields when there is work.
    let calls: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    init() {
        (calls, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Call before this process writes these keys.
    func sending(_ keys: [Key]) {
        state.withLock { state in
            for key in keys { state.own[key, default: Own()].inFlight += 1 }
        }
    }

    /// Call after it has written them, or may have.
    func sent(_ keys: [Key]) {
        let until = ContinuousClock.now + .milliseconds(5)
        state.withLock { state in
            for key in keys {
                state.own[key]?.inFlight -= 1
                state.own[key]?.until = until
            }
        }
    }

    /// The server reported these keys as changed. `isCommit`: the store's own state was among them.
    func heard(_ keys: [Key], isCommit: Bool) {
        let rings = state.withLock { state in
            var isOwn = !keys.isEmpty
            for key in keys {
                if state.own[key] != nil {
                    state.later.insert(key)
                } else {
                    isOwn = false
                    Self.queue(key, &state)
                }
            }
            if isCommit, !isOwn { state.asksRevision = true }
            return state.asksRevision || !state.queue.isEmpty
        }
        if rings { bell.yield() }
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

    /// Queues the keys that this process wrote, and the revision, to be examined.
    ///
    /// - Returns: whether all keys must be scanned.
    func tick() -> Bool {
        let now = ContinuousClock.now
        let overflowed = state.withLock { state in
            for key in state.later { Self.queue(key, &state) }
            state.later.removeAll(keepingCapacity: true)
            state.own = state.own.filter { $0.value.inFlight > 0 || $0.value.until > now }
            state.asksRevision = true
            defer { state.overflowed = false }
            return state.overflowed
        }
        bell.yield()
        return overflowed
    }

    /// The next work; nil: there is no work.
    func take() -> Work? {
        state.withLock { state in
            let keys = Array(state.queue.prefix(Self.batch))
            guard !keys.isEmpty || state.asksRevision else { return nil }
            state.queue.removeFirst(keys.count)
            for key in keys { state.queued.remove(key) }
            state.checking = keys
            defer { state.asksRevision = false }
            return Work(keys: keys, revision: state.asksRevision)
        }
    }

    /// The work taken last is done.
    func finish() {
        let woken = state.withLock { state in
            state.doneCount += state.checking.count
            state.checking = []
            let woken = state.waiters.filter { $0.count <= state.doneCount }
            state.waiters.removeAll { $0.count <= state.doneCount }
            return woken
        }
        for waiter in woken { waiter.continuation.resume(returning: true) }
    }

    /// Waits until it is known for all suspects below a key who changed them.
    ///
    /// - Returns: whether there were any. If so, what was read before may be incomplete.
    func settle(below key: Key) async -> Bool {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard !state.isClosed,
                    state.queue.contains(where: key.contains) || state.checking.contains(where: key.contains)
                else { return false }
                state.waiters.append((state.queuedCount, continuation))
                return true
            }
            if !waits { continuation.resume(returning: false) }
        }
    }

    /// Ends all waiting.
    func close() {
        bell.finish()
        let woken = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in woken { waiter.continuation.resume(returning: false) }
    }
}
