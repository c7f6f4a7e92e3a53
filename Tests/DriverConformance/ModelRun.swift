import MicroJSON
import NestKVStorage
import TestSupport

/// Random steps, done with a store and with the model.
struct ModelRun {
    private let subject: Subject
    private var random: SeededGenerator
    private var model: Model?
    /// Earlier states. A transaction may have been read in any of them.
    private var views: [Model] = []
    private var start: Revision = 0
    /// The steps so far, for the report.
    private(set) var steps: [String] = []

    private static let names = ["a", "ab", "a b", "b", "é", "...", "*"]

    init(subject: Subject, seed: UInt64) {
        self.subject = subject
        random = SeededGenerator(seed: seed)
    }

    /// One transaction and some reads.
    mutating func step() async throws {
        if model == nil {
            start = try await subject.revision()
            model = Model(revision: start)
        }
        views.append(model!)
        if views.count > 6 { views.remove(at: Int.random(in: 0..<6, using: &random)) }
        let transaction = makeTransaction(in: views.randomElement(using: &random)!)
        steps.append(describe(transaction))
        try await commit(transaction)
        for _ in 0..<3 { try await compare(randomKey()) }
        try await compareFeed()
    }

    private mutating func randomKey() -> Key {
        var key = subject.root
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            key = key.appending(Self.names.randomElement(using: &random)!.utf8)
        }
        return key
    }

    private mutating func makeTransaction(in view: Model) -> Transaction {
        var changes: [Mutation] = []
        let most = min(3, subject.driver.capabilities.leavesPerCommit ?? 3)
        for _ in 0..<Int.random(in: 0...most, using: &random) {
            let key = randomKey()
            guard !changes.contains(where: { $0.draft.key == key }) else { continue }
            let leaf = view.leaf(key)
            let value = Int.random(in: 0...99, using: &random)
            let isDeletion = leaf != nil && Bool.random(using: &random)
            let draft = Draft(
                key: key, value: isDeletion ? nil : JSONText(trusted: Array("\(value)".utf8)), dataHash: .test,
                time: Timestamp(milliseconds: Int64(steps.count)))
            changes.append(isDeletion ? .delete(draft, replacing: leaf!) : .set(draft, replacing: leaf))
        }
        var expectations: [Expectation] = []
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            let key = randomKey()
            expectations.append(
                Bool.random(using: &random) ? .leaf(key, view.leaf(key)?.revision) : .below(key, view.below(key)))
        }
        if changes.isEmpty, expectations.isEmpty, subject.driver.capabilities.revisionScope == .entryPoint {
            // An empty transaction belongs to no entry point, and so has no revision.
            expectations.append(.leaf(subject.root, view.leaf(subject.root)?.revision))
        }
        return Transaction(expectations: expectations, changes: changes, readAt: view.revision)
    }

    private mutating func commit(_ transaction: Transaction) async throws {
        let accepts = model!.accepts(transaction)
        do {
            let receipt = try await subject.driver.commit(transaction)
            try expect(accepts, "was accepted")
            let expected = model!.apply(transaction)
            try expectEqual(receipt.records.map(\.identity), expected.map(\.identity), "receipt")
            try expectEqual(receipt.revision, model!.revision, "the commit's revision")
        } catch let error as DriverError where error.kind == .conflict {
            try expect(!accepts, "was refused: \(error)")
        }
    }

    private func compare(_ key: Key) async throws {
        let model = model!
        let node = try await subject.driver.node(key, .everything)
        try expectEqual(node.latest?.identity, model.latest[key]?.identity, "latest of \(key)")
        try expectEqual(
            node.ancestors.map(\.identity), key.ancestors.compactMap { model.leaf($0)?.identity }, "above \(key)")
        let below = model.below(key)
        try expectEqual(node.below.map(\.identity), below.map(\.identity), "below \(key)")
        try expectEqual(node.revision, model.revision, "revision")
        let leaf = try await subject.driver.node(key, .leaf)
        try expectEqual(leaf.latest?.identity, model.latest[key]?.identity, "leaf of \(key)")
        let names = below.map { Array($0.key.segments(below: key)[0]) }
        let unique = names.reduce(into: [[UInt8]]()) { if $0.last != $1 { $0.append($1) } }
        try expectEqual(try await subject.driver.names(below: key, after: nil, limit: 100), unique, "names of \(key)")
        let page = try await subject.driver.scan(subject.root, after: key, limit: 5)
        let behind = ([model.leaf(subject.root)].compactMap { $0 } + model.below(subject.root)).filter { $0.key > key }
        try expectEqual(page.records.map(\.identity), behind.prefix(5).map(\.identity), "scan after \(key)")
        try expectEqual(page.hasMore, behind.count > 5, "more after \(key)")
        let kept = (model.records[key] ?? []).suffix(subject.driver.capabilities.historyDepth + 1).reversed()
        try expectEqual(
            try await subject.driver.revisions(of: key, limit: 100).map(\.identity), kept.map(\.identity),
            "history of \(key)")
        for record in (model.records[key] ?? []).suffix(6) {
            let isKept = kept.contains { $0.version == record.version }
            let found = try await subject.driver.version(record.version, of: key)
            try expectEqual(found?.identity, isKept ? record.identity : nil, "version \(record.version) of \(key)")
        }
    }

    private mutating func compareFeed() async throws {
        let model = model!
        let after = Revision.random(in: start...model.revision, using: &random)
        let page = try await subject.driver.changes(in: subject.feed, after: after, limit: 1000)
        // If a store keeps nothing of a leaf but its history, its feed may begin later.
        let isPartial = subject.driver.capabilities.feedRetention == .unbounded
        let expected = model.changes.filter { $0.revision > (isPartial ? max(after, page.oldest) : after) }
        func describe(_ change: Change) -> String {
            "\(change.operation) \(change.commitRevision) \(change.record.identity)"
        }
        try expectEqual(page.changes.map(describe), expected.map(describe), "changes after \(after)")
        try expectEqual(page.current, model.revision, "current")
    }

    private func describe(_ transaction: Transaction) -> String {
        let changes = transaction.changes.map { change in
            "\(change.draft.value?.description ?? "delete") → \(change.draft.key)"
                + (change.replacing.map { " replacing r\($0.revision)" } ?? "")
        }
        let expectations = transaction.expectations.map { expectation in
            switch expectation {
            case .leaf(let key, let revision): "\(key) is \(revision.map { "r\($0)" } ?? "absent")"
            case .below(let key, let records): "below \(key) \(records.map { "r\($0.revision)" })"
            }
        }
        return "read at \(transaction.readAt): \(changes) if \(expectations)"
    }
}
