import MicroJSON
import NestKVStorage

/// Writes transactions into one bucket: takes the queued ones, checks them against what is known up to a revision, and
/// sends all as one atomic batch. The server accepts the batch only if that revision is still the bucket's last.
///
/// So a commit is linearizable, whatever it expects and whoever else writes. If other processes wrote first, their
/// messages are read and everything is checked again. Transactions of one change each are sent as a chain instead
/// (``CommitBatch/isChain``). Transactions that expect nothing besides what they change carry their own conditions,
/// each leaf's last number. Other changes in the bucket don't affect them.
final class BucketWriter: Sendable {
    /// How many times other writers may come first before a transaction fails with a conflict.
    private static let attemptsMax = 16
    private static let transactionsMax = 256
    private static let error = Array("error".utf8)

    let bucket: Bucket
    private let queue = BucketQueue()
    private let isSynced: Bool

    /// A writer. It runs only while transactions are queued.
    init(_ bucket: Bucket, isSynced: Bool) {
        self.bucket = bucket
        self.isSynced = isSynced
    }

    /// Whether this bucket takes commits of several leaves.
    var isAtomic: Bool { bucket.server.hasAtomicBatch && bucket.configuration.hasAtomicBatch }

    /// Commits a transaction whose leaves' latest records are known (``Bucket/knownLatest(of:readAt:in:)``).
    func commit(_ transaction: Transaction) async throws(DriverError) -> Receipt {
        try await withTypedContinuation { continuation in
            let request = BucketQueue.Request(transaction: transaction, continuation: continuation)
            switch queue.append(request) {
            case nil:
                request.fail(
                    DriverError(.unavailable, "Too many writes are waiting for \(bucket.stream): try again later."))
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

    /// - Throws: if nothing was sent and no request was answered yet.
    private func write(_ requests: [BucketQueue.Request]) async throws(DriverError) {
        guard try await bucket.isUnchangedLately() else {
            // The writers must read again, in the bucket that exists now.
            throw DriverError(.conflict, "The bucket of \(bucket.stream) was deleted or changed by another program.")
        }
        let readAt = requests.map(\.transaction.readAt).max() ?? 0
        // Without changes there is no message whose condition could fail, so what others wrote must be known.
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
        var stored: [(BucketQueue.Request, [StoredRecord])] = []
        var late: [BucketQueue.Request] = []
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
        // The messages after one that failed are refused, whatever other writers did.
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
            let reason =
                "no stream accepts writes to \(bucket.stream) (status \(status)): it may have no leader or be deleted"
            return .failed(DriverError(.unavailable, "The store is unavailable: \(reason)."))
        }
        // Most answers have one number that matters, which needs no tree of values.
        if let text = try? JSONText(parsing: message.payload), text.member(Self.error, at: 0) == nil,
            let sequence = text.number(at: "seq")
        {
            return .stored(Revision(max(0, sequence)))
        }
        let answer = Answer(message)
        guard let problem = answer.problem else { return .stored(answer["seq"].count) }
        if problem.isConflict { return .conflict(problem.text) }
        return .failed(.api(problem, limit: bucket.configuration.messageBytesMax))
    }

    private func finish(_ written: [(request: BucketQueue.Request, records: [StoredRecord])]) async {
        let all = written.flatMap(\.records)
        // Others may have written between the known revision and this one. Read all of it, so that nothing is missing.
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

    /// Learns what other writers wrote first, and tries the refused transactions again.
    private func overtaken(
        _ requests: [BucketQueue.Request], after known: Revision, _ text: String
    ) async {
        do throws(DriverError) {
            try await bucket.catchUp()
        } catch {
            for request in requests { request.fail(error) }
            return
        }
        guard bucket.revision > known else {
            // No program wrote, and yet what is known is wrong: a program purged messages. The writers must read again.
            bucket.forget(upTo: known)
            for request in requests { request.fail(.conflict(at: request.transaction.changes[0].draft.key)) }
            return
        }
        bucket.server.logger.debug(
            "other writers came first; the writes are repeated",
            metadata: [
                "stream": "\(bucket.stream)", "transactions": .stringConvertible(requests.count), "answer": "\(text)",
            ])
        if let attempts = requests.map(\.attempts).max(), attempts > 1 {
            try? await Task.sleep(for: .microseconds(Int.random(in: 0...100) << min(attempts, 6)))
        }
        retry(requests)
    }

    /// Queues transactions again that other writers overtook, unless that has happened too often.
    private func retry(_ requests: [BucketQueue.Request]) {
        var again: [BucketQueue.Request] = []
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
