import DequeModule
import Synchronization

/// The requests that wait for replies, by the number in their inbox subject. Each has a deadline that starts again with
/// every message.
final class PendingReplies: Sendable {
    /// A waiting request.
    struct Waiter: Sendable {
        /// Takes a message; returns true if it was the last.
        let receive: @Sendable (Message) -> Bool
        /// Ends the waiting without a reply.
        let fail: @Sendable (ConnectionFailure) -> Void
        /// Whether a missing reply means that the server hangs.
        let provesHang: Bool
        /// Distinguishes requests that wait one after the other under the same number.
        let serial: UInt64
        /// When the last message came.
        var heardAt: ContinuousClock.Instant
    }

    private struct State {
        var nextID: UInt64 = 1
        var nextSerial: UInt64 = 1
        var waiters: [UInt64: Waiter] = [:]
        /// In the order of the deadlines: all requests wait equally long.
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

    /// A number for a request that will wait.
    func reserve() -> UInt64 {
        state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
    }

    /// Adds a request under a reserved number or a new one; nil if too many are waiting.
    func add(
        as reserved: UInt64? = nil, provesHang: Bool = true, receive: @escaping @Sendable (Message) -> Bool,
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
                receive: receive, fail: fail, provesHang: provesHang, serial: serial, heardAt: now)
            state.deadlines.append((now + timeout, id, serial))
            return id
        }
    }

    /// Hands a message to the request that waits for it. A message without one is dropped.
    func deliver(_ message: Message, to id: UInt64) {
        guard let waiter = state.withLock({ $0.waiters[id] }) else { return }
        let isLast = waiter.receive(message)
        state.withLock { state in
            // The request that got its last message may already be waiting again.
            guard state.waiters[id]?.serial == waiter.serial else { return }
            if isLast { state.waiters[id] = nil } else { state.waiters[id]?.heardAt = .now }
        }
    }

    /// Whether a request is still waiting.
    func isWaiting(_ id: UInt64) -> Bool {
        state.withLock { $0.waiters[id] != nil }
    }

    /// Removes a request that wasn't answered.
    func remove(_ id: UInt64) -> Waiter? {
        state.withLock { $0.waiters.removeValue(forKey: id) }
    }

    /// Fails the overdue requests. Returns whether the server should have answered one of them.
    func failLate() -> Bool {
        let now = ContinuousClock.now
        let late = state.withLock { state in
            var late: [Waiter] = []
            while let first = state.deadlines.first, first.at <= now {
                state.deadlines.removeFirst()
                guard let waiter = state.waiters[first.id], waiter.serial == first.serial else { continue }
                if waiter.heardAt + timeout > now {
                    // Messages still come: check again later. The order is kept well enough, no deadline is later than
                    // this.
                    state.deadlines.append((now + timeout, first.id, first.serial))
                } else {
                    state.waiters[first.id] = nil
                    late.append(waiter)
                }
            }
            return late
        }
        for waiter in late { waiter.fail(.noAnswer("the server didn't answer within \(timeout)")) }
        return late.contains(where: \.provesHang)
    }

    /// Fails all requests, because the connection is gone.
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

/// Why a reply is missing.
enum ConnectionFailure: Error {
    /// Nothing was sent, and nothing will be.
    case notSent(String)
    /// The request was sent, or may have been, and no reply came.
    case noAnswer(String)
    /// The message is too long for the server.
    case tooLarge(limit: Int)
}
