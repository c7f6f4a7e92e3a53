import NestKVStorage

/// Transactions that are written together, as messages.
struct CommitBatch {
    private let bucket: Bucket
    private let countMax: Int
    private let hasChains: Bool
    private let lives: MessageLives
    private var changed: Set<Key> = []
    private var previous: [Record?] = []
    private var starts: [Int] = []
    private var needsRevision = false

    /// The bucket's last known revision. The expectations of the taken transactions hold there.
    let revision: Revision
    /// The transactions to write.
    private(set) var taken: [BucketQueue.Request] = []
    /// The transactions without changes whose expectations hold.
    private(set) var readOnly: [BucketQueue.Request] = []
    /// The transactions that can't be written.
    private(set) var refused: [(BucketQueue.Request, DriverError)] = []
    /// The transactions that must wait for taken ones.
    private(set) var postponed: [BucketQueue.Request] = []

    /// A batch of at most `countMax` messages.
    init(bucket: Bucket, countMax: Int) {
        self.bucket = bucket
        self.countMax = countMax
        hasChains = bucket.configuration.hasChains
        lives = bucket.configuration.lives
        revision = bucket.revision
    }

    /// Adds a transaction to one of the lists.
    mutating func add(_ request: BucketQueue.Request) {
        let transaction = request.transaction
        guard postponed.isEmpty, !touchesTaken(transaction), fits(transaction) else {
            postponed.append(request)
            return
        }
        switch check(transaction) {
        case .failure(let error): refused.append((request, error))
        case .success(let latest) where latest.isEmpty: readOnly.append(request)
        case .success(let latest): take(request, replacing: latest)
        }
    }

    /// Whether each transaction is one message, and each message is accepted or refused on its own.
    ///
    /// That is far cheaper for the server than an atomic batch. If a transaction expects more than what it changes,
    /// every message names the one before it, which must be the stream's last. So what was known when the first message
    /// was sent still holds when the last one is stored; otherwise the rest is refused.
    var isChain: Bool { taken.count == previous.count && (hasChains || taken.count < 2) }

    private func fits(_ transaction: Transaction) -> Bool {
        if taken.isEmpty { return true }
        if hasChains && isChain { return transaction.changes.count < 2 }
        return previous.count + transaction.changes.count <= countMax
    }

    /// Whether a transaction depends on one that is about to be written.
    private func touchesTaken(_ transaction: Transaction) -> Bool {
        guard !changed.isEmpty else { return false }
        return transaction.changes.contains { changed.contains($0.draft.key) }
            || transaction.expectations.contains { expectation in
                switch expectation {
                case .leaf(let key, _): changed.contains(key)
                case .below(let key, _): changed.contains { key.isAncestor(of: $0) }
                }
            }
    }

    /// Whether a transaction's expectations hold, and the latest records of the leaves that it changes. Both are taken
    /// at one moment: messages of other writers arrive meanwhile, and a record that came after the check isn't the one
    /// that was checked.
    private func check(_ transaction: Transaction) -> Result<[Record?], DriverError> {
        bucket.withRecent { recent in
            let replaced = transaction.changes.map { Expectation.leaf($0.draft.key, $0.replacing?.revision) }
            for expectation in transaction.expectations + replaced
            where !bucket.table.isUntouched(expectation, since: transaction.readAt)
                && recent.holds(expectation, readAt: transaction.readAt) != true
            {
                return .failure(.conflict(at: expectation.key))
            }
            var latest: [Record?] = []
            for change in transaction.changes {
                let (record, isKnown) = bucket.knownLatest(of: change, readAt: transaction.readAt, in: recent)
                // The record was known before the request was queued, and was forgotten since.
                guard isKnown else { return .failure(.conflict(at: change.draft.key)) }
                latest.append(record)
            }
            return .success(latest)
        }
    }

    private mutating func take(_ request: BucketQueue.Request, replacing records: [Record?]) {
        taken.append(request)
        starts.append(previous.count)
        previous += records
        changed.formUnion(request.transaction.changes.lazy.map(\.draft.key))
        if !needsRevision { needsRevision = request.transaction.expectsMore }
    }

    /// The messages. Each has the condition that its leaf's last message is unchanged. If more is expected, the first
    /// message also has the condition that the bucket's last message is unchanged.
    var messages: [Outgoing] {
        var messages: [Outgoing] = []
        for request in taken {
            let changes = request.transaction.changes
            for (index, mutation) in changes.enumerated() {
                let before = previous[messages.count]
                let change = mutation.withOwnEnd(after: before, in: lives)
                var message = change.message(
                    to: bucket.subject(of: change.draft.key), after: before, following: changes.count - 1 - index)
                message.headers.append(("Nats-Expected-Last-Subject-Sequence", "\(before?.revision ?? 0)"))
                messages.append(message)
            }
        }
        if needsRevision { messages[0].headers.append(("Nats-Expected-Last-Sequence", "\(revision)")) }
        if messages.count > 1 { join(&messages) }
        return messages
    }

    private func join(_ messages: inout [Outgoing]) {
        guard !isChain || needsRevision else { return }
        let id =
            String(UInt64.random(in: 0...UInt64.max), radix: 36) + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        for index in messages.indices {
            if isChain {
                messages[index].headers.append(("Nats-Msg-Id", "\(id)-\(index)"))
                if index > 0 { messages[index].headers.append(("Nats-Expected-Last-Msg-Id", "\(id)-\(index - 1)")) }
            } else {
                messages[index].headers.append(("Nats-Batch-Id", id))
                messages[index].headers.append(("Nats-Batch-Sequence", "\(index + 1)"))
            }
        }
        if !isChain { messages[messages.count - 1].headers.append(("Nats-Batch-Commit", "1")) }
    }

    /// The records of a transaction's messages, given the number of the batch's first message.
    func records(of index: Int, first: Revision) -> [StoredRecord] {
        let changes = taken[index].transaction.changes
        return changes.enumerated().map { place, change in
            let position = starts[index] + place
            let before = previous[position]
            let record = change.withEnd(after: before, in: lives).draft
                .stamped(after: before, revision: first + Revision(position))
            return StoredRecord(record, operation: change.operation, following: UInt64(changes.count - 1 - place))
        }
    }
}

extension Transaction {
    /// Whether the transaction expects something besides what each change replaces.
    fileprivate var expectsMore: Bool {
        guard !expectations.isEmpty else { return false }
        let own = Set(changes.lazy.map(\.draft.key))
        return expectations.contains { expectation in
            if case .leaf(let key, _) = expectation { !own.contains(key) } else { true }
        }
    }
}

extension ChangeTable {
    /// Whether it is certain that nothing in an expectation changed after a revision.
    fileprivate func isUntouched(_ expectation: Expectation, since revision: Revision) -> Bool {
        switch expectation {
        case .leaf(let key, _): marks(of: key).leaf <= revision
        case .below(let key, _): marks(of: key).below <= revision
        }
    }
}

extension Expectation {
    /// The key of the expectation.
    var key: Key {
        switch self {
        case .leaf(let key, _), .below(let key, _): key
        }
    }
}
