import DequeModule
import Synchronization

/// Who waits for a reply, by the number in its inbox subject. Each has a deadline that starts again with every message.
final class PendingReplies: Sendable {
    /// Somebody who waits.
    struct Waiter: Sendable {
        /// Takes a message; true when it was the last.
        let receive: @Sendable (Message) -> Bool
        /// Ends the waiting without a reply.
        let fail: @Sendable (ConnectionFailure) -> Void
        /// Whether it says something about the server when nothing comes.
        let isTelling: Bool
        /// Tells waiters apart that wait under the same number one after the other.
        let serial: UInt64
        /// The last sign of life.
        var heardAt: ContinuousClock.Instant
    }

    private struct State {
        var nextID: UInt64 = 1
        var nextSerial: UInt64 = 1
        var waiters: [UInt64: Waiter] = [:]
        /// In the order of their deadlines: all wait equally long.
        var deadlines = Deque<(at: ContinuousClock.Instant, id: UInt64, serial: UInt64)>()
    }

    private let state = Mutex(State())
    private let timeout: Duration
    private let countMax: Int

    /// Waiters that wait for `timeout` each, at most `countMax` at once.
    init(timeout: Duration, countMax: Int) {
        self.timeout = timeout
        self.countMax = countMax
    }

    /// A number for somebody who will wait.
    func reserve() -> UInt64 {
        state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
    }

    /// Takes somebody in, under a number that was reserved or a new one; nil when too many wait already.
    func add(
        as reserved: UInt64? = nil, isTelling: Bool = true, receive: @escaping @Sendable (Message) -> Bool,
        fail: @escaping @Sendable (ConnectionFailure) -> Void
    ) -> UInt64? {
        state.withLock { state in
            guard state.waiters.count < countMax else { return nil }
            let id = reserved ?? state.nextID
            state.nextID = max(state.nextID, id + 1)
            let now = ContinuousClock.now
            let serial = state.nextSerial
            state.nextSerial += 1
            state.waiters[id] = Waiter(
                receive: receive, fail: fail, isTelling: isTelling, serial: serial, heardAt: now)
            state.deadlines.append((now + timeout, id, serial))
            return id
        }
    }

    /// Hands a message to who waits for it; one that nobody waits for is dropped.
    func deliver(_ message: Message, to id: UInt64) {
        guard let waiter = state.withLock({ $0.waiters[id] }) else { return }
        let isLast = waiter.receive(message)
        state.withLock { state in
            // Who got the last message may wait again already.
            guard state.waiters[id]?.serial == waiter.serial else { return }
            if isLast { state.waiters[id] = nil } else { state.waiters[id]?.heardAt = .now }
        }
    }

    /// Whether somebody waits still.
    func isWaiting(_ id: UInt64) -> Bool {
        state.withLock { $0.waiters[id] != nil }
    }

    /// Takes somebody out who hasn't been answered.
    func remove(_ id: UInt64) -> Waiter? {
        state.withLock { $0.waiters.removeValue(forKey: id) }
    }

    /// Fails those whose time is up. Returns whether the server owed one of them an answer.
    func failLate() -> Bool {
        let now = ContinuousClock.now
        let late = state.withLock { state in
            var late: [Waiter] = []
            while let first = state.deadlines.first, first.at <= now {
                state.deadlines.removeFirst()
                guard let waiter = state.waiters[first.id], waiter.serial == first.serial else { continue }
                if waiter.heardAt + timeout > now {
                    // It hears still: look again later. The order is kept well enough, no deadline is later than this.
                    state.deadlines.append((now + timeout, first.id, first.serial))
                } else {
                    state.waiters[first.id] = nil
                    late.append(waiter)
                }
            }
            return late
        }
        for waiter in late { waiter.fail(.noAnswer("the server didn't answer within \(timeout)")) }
        return late.contains(where: \.isTelling)
    }

    /// Fails everybody: the connection is gone.
    func failAll(_ failure: ConnectionFailure) {
        let all = state.withLock { state in
            defer {
                state.waiters = [:]
                state.deadlines = []
            }
            return Array(state.waiters.values)
        }
        for waiter in all { waiter.fail(failure) }
    }
}

/// Why there is no reply.
enum ConnectionFailure: Error {
    /// Nothing was sent, and nothing will be.
    case notSent(String)
    /// It was sent, or may have been, and no answer came.
    case noAnswer(String)
    /// The server takes no message as long as this.
    case tooLarge(limit: Int)
}
