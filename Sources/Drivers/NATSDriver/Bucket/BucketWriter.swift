import MicroJSON
import NestKVCore

/// Writes transactions into one bucket: takes what is queued, checks it against what is known up to a revision, and sends
/// it all as one atomic batch that the server takes only when that revision is still the bucket's last.
///
/// So a commit is linearizable, whatever it expects and whoever else writes. When others came first, what they wrote is
/// read and everything is checked again. A transaction that expects nothing besides what it changes carries its conditions
/// itself, each leaf's last number, and doesn't mind what else happens in the bucket.
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

    /// Commits a transaction whose leaves' latest records are known (``Bucket/knownLatest(of:readAt:)``).
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
        await send(batch)
    }

    private var durability: Durability { bucket.configuration.durability(isSynced: isSynced) }

    private func send(_ batch: CommitBatch) async {
        let reply: Message
        do throws(ConnectionFailure) {
            reply = try await bucket.server.connection.request(batch.messages)
        } catch {
            for request in batch.taken { request.fail(.writing(error)) }
            return
        }
        let answer = Answer(reply)
        if let status = reply.status {
            let reason = "no stream takes writes to \(bucket.stream) (\(status)); it may have no leader, or be deleted"
            for request in batch.taken { request.fail(DriverError(.unavailable, "The store is away: \(reason).")) }
        } else if let problem = answer.problem {
            await refused(batch, problem)
        } else {
            await finish(batch, last: answer["seq"].count)
        }
    }

    private func finish(_ batch: CommitBatch, last: Revision) async {
        let records = batch.records(last: last)
        // Others may have written between what is known and this: read it all, so that nothing is missing.
        if let first = records.first?.first, first.sequence > bucket.revision + 1 { try? await bucket.catchUp() }
        bucket.learn(records.joined().map { ($0, $0.sequence) })
        for (request, records) in zip(batch.taken, records) {
            request.continuation.resume(
                returning: Receipt(
                    records: records.compactMap(\.record), revision: records.last?.sequence ?? last,
                    durability: durability))
        }
    }

    /// Nothing was written. When somebody else came first: learn what they wrote and try again.
    private func refused(_ batch: CommitBatch, _ problem: APIProblem) async {
        guard problem.isConflict else {
            for request in batch.taken { request.fail(.api(problem)) }
            return
        }
        let before = bucket.revision
        do throws(DriverError) {
            try await bucket.catchUp()
        } catch {
            for request in batch.taken { request.fail(error) }
            return
        }
        // Nobody wrote, and yet what is known is wrong: somebody purged. Whoever wants to write has to read anew.
        if bucket.revision == before { bucket.forget(upTo: before) }
        var again: [CommitQueue.Request] = []
        for var request in batch.taken {
            request.attempts += 1
            if bucket.revision == before || request.attempts > Self.attemptsMax {
                request.fail(.conflict(at: request.transaction.changes[0].draft.key))
            } else {
                again.append(request)
            }
        }
        bucket.server.logger.debug(
            "others wrote first; a write is repeated",
            metadata: ["stream": "\(bucket.stream)", "transactions": "\(again.count)", "answer": "\(problem.text)"])
        if let attempts = again.map(\.attempts).max(), attempts > 2 {
            try? await Task.sleep(for: .microseconds(Int.random(in: 0...100) << min(attempts, 6)))
        }
        queue.putBack(again)
    }
}
