import DequeModule
import NestKVStorage
import Synchronization

/// Transactions that wait to be sent to Redis. Transactions that come while others are being sent go together with the
/// next call of the script, because a call costs more than a commit. Each is committed or refused on its own.
final class CommitBatcher: Sendable {
    private struct Waiting {
        let part: CommitPart
        let continuation: TypedContinuation<CommitPart.Outcome, DriverError>
    }

    private struct State {
        var waiting = Deque<Waiting>()
        var bytes = 0
        var callsUnderWay = 0
    }

    /// The most waiting transactions, and the most bytes of them. One alone may be larger.
    private static let waitingMax = (count: 16_384, bytes: 64 << 20)
    /// The most transactions in one call, and the bytes from which on no more are added.
    private static let groupMax = (count: 128, bytes: 256 << 10)
    /// The most calls under way. What comes meanwhile makes the next call larger, and so cheaper per commit.
    private static let callsMax = 1

    private let client: RedisClient
    private let tracked: TrackedState
    private let state = Mutex(State())

    init(client: RedisClient, tracked: TrackedState) {
        self.client = client
        self.tracked = tracked
    }

    /// Queues a transaction and waits for its result.
    func submit(_ part: CommitPart) async throws(DriverError) -> CommitPart.Outcome {
        try await withTypedContinuation { continuation in
            let isTaken = state.withLock { state in
                let isFull =
                    state.waiting.count >= Self.waitingMax.count
                    || state.bytes + part.arguments.bytes.count > Self.waitingMax.bytes
                guard !isFull || state.waiting.isEmpty else { return false }
                state.waiting.append(Waiting(part: part, continuation: continuation))
                state.bytes += part.arguments.bytes.count
                return true
            }
            guard isTaken else {
                let error = DriverError(.tooManyWaiting, server: client.server, isWrite: true)
                return continuation.resume(throwing: error)
            }
            sendNext()
        }
    }

    private func sendNext() {
        guard let group = state.withLock({ Self.nextGroup(&$0) }) else { return }
        Task.immediate { await send(group) }
    }

    private static func nextGroup(_ state: inout State) -> [Waiting]? {
        guard state.callsUnderWay < callsMax, !state.waiting.isEmpty else { return nil }
        var group: [Waiting] = []
        var bytes = 0
        while group.count < groupMax.count, bytes < groupMax.bytes, let next = state.waiting.popFirst() {
            bytes += next.part.arguments.bytes.count
            group.append(next)
        }
        state.bytes -= bytes
        state.callsUnderWay += 1
        return group
    }

    private func send(_ group: [Waiting]) async {
        let parts = group.map(\.part)
        var call = ScriptCall(client.scripts.commit, bytes: parts.reduce(64) { $0 + $1.arguments.bytes.count })
        call.add("\(Timestamp.now.milliseconds) \(client.isNearMaxmemory.load(ordering: .relaxed) ? 1 : 0)".utf8)
        for part in parts { call.add(part.arguments) }
        let result: Result<[CommitPart.Outcome], DriverError>
        do throws(DriverError) {
            let outcomes = try await client.commit(call) { [tracked] (reply) throws(MalformedReply) in
                try Self.outcomes(reply, parts, tracked)
            }
            let isFull = outcomes.contains {
                if case .full = $0 { true } else { false }
            }
            if isFull { client.isNearMaxmemory.store(true, ordering: .relaxed) }
            result = .success(outcomes)
        } catch {
            result = .failure(error)
        }
        state.withLock { $0.callsUnderWay -= 1 }
        sendNext()
        switch result {
        case .success(let outcomes):
            for (waiting, outcome) in zip(group, outcomes) { waiting.continuation.resume(returning: outcome) }
        case .failure(let error):
            for waiting in group { waiting.continuation.resume(throwing: error) }
        }
    }

    /// Reads the reply, in the order of all replies: once a caller has seen this commit, no caller reads an older state
    /// from the cache.
    private static func outcomes(
        _ reply: Reply, _ parts: [CommitPart], _ tracked: TrackedState
    ) throws(MalformedReply) -> [CommitPart.Outcome] {
        guard reply.count == parts.count else { throw MalformedReply(what: "the reply to \(parts.count) commits") }
        return try parts.enumerated().map { (index, part) throws(MalformedReply) in
            guard let reply = reply[index] else { throw MalformedReply(what: "the reply to a commit") }
            let outcome = try part.outcome(reply)
            switch outcome {
            case .done(let records, let revision): tracked.committed(records, part, upTo: revision)
            case .conflict(let key), .foreignChange(let key), .otherType(let key): tracked.cache.mark(key)
            case .full: break
            }
            return outcome
        }
    }
}
