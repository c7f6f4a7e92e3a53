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
        guard client.settings.replicas == 0 else {
            Task.immediate { await send(group) }
            return
        }
        // The thread that gets the reply sends the next group, so between two groups no other thread must be woken.
        let request = Request(call(group).command(bySource: false)) { [self] result in
            let outcomes = result.flatMap { reply in
                reply.decoded { (reply) throws(MalformedReply) in try Self.outcomes(reply, group, tracked) }
            }
            return { self.take(outcomes, of: group) }
        }
        if let refusal = client.loop.submit(request) { take(.failure(refusal), of: group) }
    }

    private func take(_ outcomes: Result<[CommitPart.Outcome], RedisFailure>, of group: [Waiting]) {
        // The script was not run, or has changed nothing.
        if case .failure(.refused(let error)) = outcomes, error.code == "NOSCRIPT" || error.code == "NOSTATE" {
            Task { await send(group) }
            return
        }
        finish(group, outcomes.mapError { DriverError($0, server: client.server, isWrite: true) })
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

    private func call(_ group: [Waiting]) -> ScriptCall {
        var call = ScriptCall(client.scripts.commit, bytes: group.reduce(64) { $0 + $1.part.arguments.bytes.count })
        call.add("\(Timestamp.now.milliseconds) \(client.isNearMaxmemory.load(ordering: .relaxed) ? 1 : 0)".utf8)
        for waiting in group { call.add(waiting.part.arguments) }
        return call
    }

    /// Sends a group and waits for what the store needs besides the reply.
    private func send(_ group: [Waiting]) async {
        let result: Result<[CommitPart.Outcome], DriverError>
        do throws(DriverError) {
            result = .success(
                try await client.commit(call(group)) { [tracked] (reply) throws(MalformedReply) in
                    try Self.outcomes(reply, group, tracked)
                })
        } catch {
            result = .failure(error)
        }
        finish(group, result)
    }

    private func finish(_ group: [Waiting], _ result: Result<[CommitPart.Outcome], DriverError>) {
        if case .success(let outcomes) = result, outcomes.contains(where: \.isFull) {
            client.isNearMaxmemory.store(true, ordering: .relaxed)
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
        _ reply: Reply, _ group: [Waiting], _ tracked: TrackedState
    ) throws(MalformedReply) -> [CommitPart.Outcome] {
        guard reply.count == group.count else { throw MalformedReply(what: "the reply to \(group.count) commits") }
        return try group.enumerated().map { (index, waiting) throws(MalformedReply) in
            guard let reply = reply[index] else { throw MalformedReply(what: "the reply to a commit") }
            let part = waiting.part
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
