import NestKVCore

/// The transactions that are written together, as messages.
struct CommitBatch {
    private let bucket: Bucket
    private let countMax: Int
    private let hasChains: Bool
    private let lives: MessageLives
    private var changed: Set<Key> = []
    private var previous: [Record?] = []
    private var starts: [Int] = []
    private var needsRevision = false

    /// The bucket's last revision as far as it is known; what was taken holds there.
    let revision: Revision
    /// What is written.
    private(set) var taken: [CommitQueue.Request] = []
    /// What changes nothing, and holds.
    private(set) var readOnly: [CommitQueue.Request] = []
    /// What can't be written.
    private(set) var refused: [(CommitQueue.Request, DriverError)] = []
    /// What has to wait for what is taken.
    private(set) var postponed: [CommitQueue.Request] = []

    /// A batch of at most so many messages.
    init(bucket: Bucket, countMax: Int) {
        self.bucket = bucket
        self.countMax = countMax
        hasChains = bucket.configuration.hasChains
        lives = bucket.configuration.lives
        revision = bucket.revision
    }

    /// Takes a transaction, or sorts it out.
    mutating func add(_ request: CommitQueue.Request) {
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

    /// Whether each transaction is one message, and each message is taken or refused on its own.
    ///
    /// It is far cheaper for the server than an atomic batch. When more is expected than what each changes, every
    /// message names the one before it, which has to be the stream's last: so what was known when the first one was
    /// sent still holds when the last one is stored, or the rest is refused.
    var isChain: Bool { taken.count == previous.count && (hasChains || taken.count < 2) }

    private func fits(_ transaction: Transaction) -> Bool {
        if taken.isEmpty { return true }
        if hasChains && isChain { return transaction.changes.count < 2 }
        return previous.count + transaction.changes.count <= countMax
    }

    /// Whether it depends on what is only about to be written.
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

    /// Whether what a transaction expects holds, and the latest records of the leaves that it changes. Both at one
    /// moment: others are learned of meanwhile, and a record that came after the check isn't the one that was checked.
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
                // It was known before the request was queued, and was forgotten since.
                guard isKnown else { return .failure(.conflict(at: change.draft.key)) }
                latest.append(record)
            }
            return .success(latest)
        }
    }

    private mutating func take(_ request: CommitQueue.Request, replacing records: [Record?]) {
        taken.append(request)
        starts.append(previous.count)
        previous += records
        changed.formUnion(request.transaction.changes.lazy.map(\.draft.key))
        if !needsRevision { needsRevision = request.transaction.expectsMore }
    }

    /// The messages, each with the condition that its leaf's last message is still the last, the first one also with
    /// the bucket's when more is expected.
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

    /// What a transaction's messages became, when the first message of the batch got this number.
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
    /// Whether it expects something besides what each change replaces.
    fileprivate var expectsMore: Bool {
        guard !expectations.isEmpty else { return false }
        let own = Set(changes.lazy.map(\.draft.key))
        return expectations.contains { expectation in
            if case .leaf(let key, _) = expectation { !own.contains(key) } else { true }
        }
    }
}

extension ChangeTable {
    /// Whether nothing that an expectation is about has changed after a revision, for certain.
    fileprivate func isUntouched(_ expectation: Expectation, since revision: Revision) -> Bool {
        switch expectation {
        case .leaf(let key, _): marks(of: key).leaf <= revision
        case .below(let key, _): marks(of: key).below <= revision
        }
    }
}

extension Expectation {
    /// The key that it is about.
    var key: Key {
        switch self {
        case .leaf(let key, _), .below(let key, _): key
        }
    }
}
