import NestKVStorage

/// One commit before it reaches its bucket's writer. It reads what the writer must know, for many commits at once.
struct NATSCommit {
    private var transaction: Transaction
    private let table: BucketTable
    private let server: JetStream
    private let settings: NATSSettings

    /// A commit of a transaction.
    init(_ transaction: Transaction, table: BucketTable, server: JetStream, settings: NATSSettings) {
        // Used several times below.
        self.transaction = Transaction(
            expectations: transaction.expectations, changes: transaction.changes, readAt: transaction.readAt)
        self.table = table
        self.server = server
        self.settings = settings
    }

    /// Commits.
    consuming func run() async throws(DriverError) -> Receipt {
        guard let entryPoint = try entryPoint() else {
            return Receipt(records: [], revision: 0, durability: settings.bucket.durability)
        }
        guard let entry = try await entry(entryPoint) else {
            return Receipt(records: [], revision: 0, durability: settings.bucket.durability)
        }
        try checkCount(in: entry)
        do throws(DriverError) {
            try await lookAgain(in: entry.bucket)
            try await learnLatest(in: entry.bucket)
        } catch {
            if error.kind == .unavailable, !(await table.check(entry.bucket)) { throw isGone(error) }
            throw error
        }
        do throws(DriverError) {
            return try await entry.writer.commit(transaction)
        } catch {
            if error.kind == .unavailable || error.kind == .conflict, !(await table.check(entry.bucket)) {
                throw isGone(error)
            }
            throw error
        }
    }

    /// The error for a bucket that is gone or was replaced. The same transaction can't succeed, but one that is read
    /// again can.
    private func isGone(_ error: DriverError) -> DriverError {
        transaction.changes.first.map { .conflict(at: $0.draft.key) } ?? error
    }

    /// The one entry point of the transaction; nil if the transaction is empty.
    private func entryPoint() throws(DriverError) -> [UInt8]? {
        guard let first = transaction.changes.first?.draft.key ?? transaction.expectations.first?.key else {
            return nil
        }
        let name = first.entryPoint
        let isOne =
            transaction.changes.allSatisfy { $0.draft.key.entryPoint == name }
            && transaction.expectations.allSatisfy { $0.key.entryPoint == name }
        if isOne { return Array(name) }
        throw DriverError(
            .unsupported,
            "On NATS, each entry point is a bucket, and a commit can't span several buckets. Write to each entry point "
                + "in a request of its own.")
    }

    /// The bucket, created if there is something to store; nil if it doesn't exist and isn't needed.
    private func entry(_ entryPoint: [UInt8]) async throws(DriverError) -> BucketTable.Entry? {
        if let entry = try await table.find(entryPoint) { return entry }
        for change in transaction.changes where change.replacing != nil { throw .conflict(at: change.draft.key) }
        for case .leaf(let key, _?) in transaction.expectations { throw .conflict(at: key) }
        for case .below(let key, let records) in transaction.expectations where !records.isEmpty {
            throw .conflict(at: key)
        }
        return transaction.changes.isEmpty ? nil : try await table.make(entryPoint)
    }

    private func checkCount(in entry: BucketTable.Entry) throws(DriverError) {
        let count = transaction.changes.count
        if count > 0, let obstacle = entry.bucket.configuration.writeObstacle {
            throw DriverError(.unsupported, obstacle)
        }
        guard count > 1 else { return }
        guard server.hasAtomicBatch else {
            throw DriverError(
                .unsupported,
                "The request changes \(count) leaves. All-or-nothing changes need NATS server 2.12 or later.")
        }
        guard entry.writer.isAtomic else {
            throw DriverError(
                .unsupported,
                "The request changes \(count) leaves, but the bucket \(entry.bucket.name) was created without "
                    + "'allow_atomic', so it takes one leaf at a time. 'nats stream edit \(entry.bucket.stream) "
                    + "--allow-batch' turns it on; with 'nats://…?adopt=on' nestkv turns it on itself.")
        }
        guard count <= JetStream.batchMax else {
            throw DriverError(
                .unsupported,
                "The request changes \(count) leaves. NATS takes at most \(JetStream.batchMax) in one commit.")
        }
    }

    /// Reads the expectations again if more has happened since the transaction was read than is known.
    private mutating func lookAgain(in bucket: Bucket) async throws(DriverError) {
        guard transaction.readAt < bucket.withRecent({ $0.floor }) else { return }
        var readAt = Revision.max
        for expectation in transaction.expectations {
            let isBelow = if case .below = expectation { true } else { false }
            let reading = try await bucket.read(expectation.key, isBelow ? .unlimited : .leaf)
            readAt = min(readAt, reading.revision)
            switch expectation {
            case .leaf(let key, let revision):
                guard reading.latest?.liveRevision == revision else { throw .conflict(at: key) }
            case .below(let key, let records):
                guard reading.below.map(\.sequence) == records.map(\.revision) else { throw .conflict(at: key) }
            }
        }
        for change in transaction.changes {
            let key = change.draft.key
            let reading = try await bucket.read(key, .leaf)
            readAt = min(readAt, reading.revision)
            guard reading.latest?.liveRevision == change.replacing?.revision else { throw .conflict(at: key) }
            if change.replacing == nil { bucket.noteAbsence(reading.latest, of: key, at: reading.revision) }
        }
        transaction.readAt = readAt == .max ? bucket.revision : readAt
    }

    /// Reads the latest record of every changed leaf that isn't known. Its tombstone keeps the version rising.
    private func learnLatest(in bucket: Bucket) async throws(DriverError) {
        for change in transaction.changes {
            let readAt = transaction.readAt
            guard !bucket.withRecent({ bucket.knownLatest(of: change, readAt: readAt, in: $0).isKnown }) else {
                continue
            }
            let key = change.draft.key
            let reading = try await bucket.read(key, .leaf)
            if let stored = reading.latest, !stored.isReadable { throw bucket.notJSON(key) }
            guard reading.latest?.liveRevision == nil else { continue }
            bucket.noteAbsence(reading.latest, of: key, at: reading.revision)
        }
    }
}
