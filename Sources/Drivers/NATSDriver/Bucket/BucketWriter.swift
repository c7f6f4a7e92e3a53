import MicroJSON
import NestKVCore

/// Writes transactions into one bucket: takes what is queued, checks it against what is known up to a revision, and
/// sends it all as one atomic batch that the server takes only when that revision is still the bucket's last.
///
/// So a commit is linearizable, whatever it expects and whoever else writes. When others came first, what they wrote is
/// read and everything is checked again. Transactions of one change each go as a chain instead
/// (``CommitBatch/isChain``). Those that expect nothing besides what they change carry their conditions themselves,
/// each leaf's last number, and don't mind what else happens in the bucket.
final class BucketWriter: Sendable {
    /// How often others may come first before a transaction is given back as a conflict.
    private static let attemptsMax = 16
    private static let transactionsMax = 256

    let bucket: Bucket
    private let queue = CommitQueue()
    private let isSynced: Bool

    /// A writer; nothing runs until there is something to do.
    init(_ bucket: Bucket, isSynced: Bool) {
        self.bucket = bucket
        self.isSynced = isSynced
    }

    /// Whether commits of several leaves work in this bucket.
    var isAtomic: Bool { bucket.server.hasAtomicBatch && bucket.configuration.hasAtomicBatch }

    /// Commits a transaction whose leaves' latest records are known (``Bucket/knownLatest(of:readAt:in:)``).
    func commit(_ transaction: Transaction) async throws -> Receipt {
        try await withCheckedThrowingContinuation { continuation in
            let request = CommitQueue.Request(transaction: transaction, continuation: continuation)
            switch queue.append(request) {
            case nil: request.fail(DriverError(.unavailable, "Too many writes are waiting for \(bucket.stream)."))
            case true?: Task.detached { await self.run() }
            case false?: break
            }
        }
    }

    private func run() async {
        while case let requests = queue.take(Self.transactionsMax), !requests.isEmpty {
            do throws(DriverError) {
                try await write(requests)
            } catch {
                for request in requests { request.fail(error) }
            }
        }
    }

    /// - Throws: when nothing was sent and nobody answered yet.
    private func write(_ requests: [CommitQueue.Request]) async throws(DriverError) {
        guard try await bucket.isUnchangedLately() else {
            // Whoever wants to write has to read anew, in the bucket that it is now.
            throw DriverError(.conflict, "The bucket of \(bucket.stream) was deleted or changed by another program.")
        }
        let readAt = requests.map(\.transaction.readAt).max() ?? 0
        // Without changes there is no message whose condition could fail: so what others wrote must be known.
        let isAnyReadOnly = requests.contains { $0.transaction.changes.isEmpty }
        if readAt > bucket.revision || isAnyReadOnly { try await bucket.catchUp() }
        var batch = CommitBatch(bucket: bucket, countMax: isAtomic ? JetStream.batchMax : 1)
        for request in requests { batch.add(request) }
        queue.putBack(batch.postponed)
        for (request, error) in batch.refused { request.fail(error) }
        for request in batch.readOnly {
            request.continuation.resume(
                returning: Receipt(records: [], revision: batch.revision, durability: durability))
        }
        guard !batch.taken.isEmpty else { return }
        bucket.isWriting.store(true, ordering: .relaxed)
        await send(batch)
        bucket.isWriting.store(false, ordering: .relaxed)
    }

    private var durability: Durability { bucket.configuration.durability(isSynced: isSynced) }

    private func send(_ batch: CommitBatch) async {
        if batch.isChain { return await sendEach(batch) }
        let reply: Message
        do throws(ConnectionFailure) {
            reply = try await bucket.server.connection.request(batch.messages)
        } catch {
            for request in batch.taken { request.fail(.writing(error)) }
            return
        }
        switch outcome(of: .success(reply)) {
        case .stored(let last):
            let first = last + 1 - Revision(batch.messages.count)
            await finish(batch.taken.indices.map { (batch.taken[$0], batch.records(of: $0, first: first)) })
        case .conflict(let text): await overtaken(batch.taken, after: batch.revision, text)
        case .failed(let error): for request in batch.taken { request.fail(error) }
        }
    }

    /// Sends each transaction as a message of its own.
    private func sendEach(_ batch: CommitBatch) async {
        let replies = await bucket.server.connection.requestEach(batch.messages)
        var stored: [(CommitQueue.Request, [StoredRecord])] = []
        var late: [CommitQueue.Request] = []
        var (text, isBroken) = ("", false)
        for (index, reply) in replies.enumerated() {
            switch outcome(of: reply) {
            case .stored(let sequence):
                stored.append((batch.taken[index], batch.records(of: index, first: sequence - Revision(index))))
            case .conflict(let reason):
                late.append(batch.taken[index])
                text = reason
            case .failed(let error):
                batch.taken[index].fail(error)
                isBroken = true
            }
        }
        if !stored.isEmpty { await finish(stored) }
        guard !late.isEmpty else { return }
        // What follows a message that failed is refused whatever others did.
        if isBroken { return retry(late) }
        await overtaken(late, after: batch.revision + Revision(stored.count), text)
    }

    private enum Outcome {
        /// The number of the last message.
        case stored(Revision)
        case conflict(String)
        case failed(DriverError)
    }

    private func outcome(of reply: Result<Message, ConnectionFailure>) -> Outcome {
        let message: Message
        switch reply {
        case .failure(let failure): return .failed(.writing(failure))
        case .success(let reply): message = reply
        }
        if let status = message.status {
            let reason = "no stream takes writes to \(bucket.stream) (\(status)); it may have no leader, or be deleted"
            return .failed(DriverError(.unavailable, "The store is away: \(reason)."))
        }
        let answer = Answer(message)
        guard let problem = answer.problem else { return .stored(answer["seq"].count) }
        if problem.isConflict { return .conflict(problem.text) }
        return .failed(.api(problem, limit: bucket.configuration.messageBytesMax))
    }

    private func finish(_ written: [(request: CommitQueue.Request, records: [StoredRecord])]) async {
        let all = written.flatMap(\.records)
        // Others may have written between what is known and this: read it all, so that nothing is missing.
        let isNext = all.enumerated().allSatisfy { $1.sequence == bucket.revision + 1 + Revision($0) }
        if !isNext {
            do throws(DriverError) { try await bucket.catchUp() } catch { bucket.forget(upTo: all[0].sequence - 1) }
        }
        bucket.learn(all.map { ($0, $0.sequence) })
        for (request, records) in written {
            request.continuation.resume(
                returning: Receipt(
                    records: records.map(\.record), revision: records.last?.sequence ?? bucket.revision,
                    durability: durability))
        }
    }

    /// These were refused, since somebody else came first: learn what they wrote and try again.
    private func overtaken(
        _ requests: [CommitQueue.Request], after known: Revision, _ text: String
    ) async {
        do throws(DriverError) {
            try await bucket.catchUp()
        } catch {
            for request in requests { request.fail(error) }
            return
        }
        guard bucket.revision > known else {
            // Nobody wrote, and yet what is known is wrong: somebody purged. Whoever wants to write has to read anew.
            bucket.forget(upTo: known)
            for request in requests { request.fail(.conflict(at: request.transaction.changes[0].draft.key)) }
            return
        }
        bucket.server.logger.debug(
            "others wrote first; writes are repeated",
            metadata: [
                "stream": "\(bucket.stream)", "transactions": .stringConvertible(requests.count), "answer": "\(text)",
            ])
        if let attempts = requests.map(\.attempts).max(), attempts > 1 {
            try? await Task.sleep(for: .microseconds(Int.random(in: 0...100) << min(attempts, 6)))
        }
        retry(requests)
    }

    /// Puts transactions back that were overtaken, unless that has happened too often.
    private func retry(_ requests: [CommitQueue.Request]) {
        var again: [CommitQueue.Request] = []
        for var request in requests {
            request.attempts += 1
            if request.attempts > Self.attemptsMax {
                request.fail(.conflict(at: request.transaction.changes[0].draft.key))
            } else {
                again.append(request)
            }
        }
        queue.putBack(again)
    }
}
