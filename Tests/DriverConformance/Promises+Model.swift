import NestKVStorage

extension Promise {
    private static let seeds: [UInt64] = [1, 2, 3, 4, 5, 6, 7, 8]

    /// Random transactions and reads, compared with a dictionary that knows the rules. A failure names the seed and all
    /// steps. These are the shortest failing prefix, because everything is compared after each step.
    static let model: [Promise] = seeds.map { seed in
        Promise("random work gives the model's results (seed \(seed))", options: .conformance(historyDepth: 3)) {
            subject in
            var run = ModelRun(subject: subject, seed: seed)
            // Over a network each step takes a hundred times as long.
            let steps = subject.driver.capabilities.isShared ? 100 : 250
            do {
                for _ in 0..<steps { try await run.step() }
            } catch {
                let steps = run.steps.enumerated().map { "\($0 + 1). \($1)" }.joined(separator: "\n")
                throw BrokenPromise(description: "seed \(seed), step \(run.steps.count): \(error)\n\(steps)")
            }
        }
    }
}

/// The expected content of a store, kept in the simplest way.
struct Model: Sendable {
    /// The latest record of each key, tombstones included.
    var latest: [Key: Record] = [:]
    /// All records of each key, oldest first.
    var records: [Key: [Record]] = [:]
    /// All changes, oldest first.
    var changes: [Change] = []
    /// The store's revision.
    var revision: Revision

    /// The leaf at a key.
    func leaf(_ key: Key) -> Record? {
        latest[key].flatMap { $0.isDeleted ? nil : $0 }
    }

    /// The leaves below a key, in order.
    func below(_ key: Key) -> [Record] {
        latest.values.filter { !$0.isDeleted && key.isAncestor(of: $0.key) }.sorted { $0.key < $1.key }
    }

    /// Whether a transaction's expectations hold.
    func accepts(_ transaction: Transaction) -> Bool {
        transaction.changes.allSatisfy { leaf($0.draft.key)?.revision == $0.replacing?.revision }
            && transaction.expectations.allSatisfy { expectation in
                switch expectation {
                case .leaf(let key, let revision): leaf(key)?.revision == revision
                case .below(let key, let records): below(key).map(\.revision) == records.map(\.revision)
                }
            }
    }

    /// Makes a transaction's changes.
    mutating func apply(_ transaction: Transaction) -> [Record] {
        let last = revision + Revision(transaction.changes.count)
        return transaction.changes.map { change in
            revision += 1
            let record = change.draft.stamped(after: latest[change.draft.key], revision: revision)
            latest[record.key] = record
            records[record.key, default: []].append(record)
            changes.append(Change(operation: change.operation, record: record, commitRevision: last))
            return record
        }
    }
}
