import DequeModule
import NestKVStorage

/// The contents of a memory store. ``MemoryDriver`` guards it.
struct MemoryTree {
    /// The tombstones kept: the latest 100,000 deletions. A leaf whose tombstone is gone starts at version 1 again,
    /// without history. Comparing by revision is not affected.
    static let tombstonesKept = 100_000

    private let historyDepth: Int
    private let identity = String(UInt32.random(in: .min ... .max), radix: 36)
    private let root = TrieNode(name: [], parent: nil)
    private var tombstones = Deque<Record>()
    private var expiries = ExpiryQueue()
    private var kept = KeptSubtrees()
    /// The latest change of a leaf that has paths below it, which may take part in their values.
    private let documents = ChangeMark(0)
    /// The latest changes.
    private(set) var feed: MemoryFeed
    /// The store's revision.
    private(set) var revision: Revision = 0

    /// An empty tree.
    init(historyDepth: Int, feedRetention: FeedRetention) {
        self.historyDepth = historyDepth
        feed = MemoryFeed(retention: feedRetention)
    }

    /// The records at, above and below a path.
    mutating func node(_ key: Key, _ reach: Reach) -> NodeRecords {
        let (node, ancestors, changedAbove) = reach.ancestors ? walk(to: key) : (root.find(key), [], 0)
        var records = NodeRecords(latest: node?.latest, ancestors: ancestors, revision: revision)
        guard let node else { return records }
        let since = max(node.changedAt, changedAbove)
        records.unchangedSince = since
        guard reach.leavesBelow > 0 else { return records }
        guard node.liveBelow > 0 || node.leaf.map({ $0.revision != since }) ?? false else { return records }
        if let subtree = kept.find(node, reach, since) {
            (records.below, records.subtree) = (subtree.leaves, subtree)
            return records
        }
        records.below.reserveCapacity(min(node.liveBelow, reach.leavesBelow))
        var bytes = 0
        records.isTruncated = !node.visitLeavesBelow { record in
            bytes += record.value.utf8.count
            guard records.below.count < reach.leavesBelow, bytes <= reach.bytesBelow else { return false }
            records.below.append(record)
            return true
        }
        if !records.isTruncated { records.subtree = kept.keep(records.below, at: node, since) }
        return records
    }

    /// The node of a key, if there is one; the leaves above it, the nearest first; and the revision at which one of
    /// them changed last.
    private func walk(to key: Key) -> (node: TrieNode?, ancestors: [Record], changedAbove: Revision) {
        key.bytes.withUnsafeBufferPointer { bytes in
            var names = TrieNames(bytes)
            var ancestors: [Record] = []
            var changedAbove: Revision = 0
            var node = Unmanaged.passUnretained(root)
            while let name = names.next() {
                guard let child = node._withUnsafeGuaranteedRef({ $0.children.find(name) }) else {
                    return (nil, ancestors.reversed(), changedAbove)
                }
                if !names.isAtEnd, let latest = child._withUnsafeGuaranteedRef({ $0.latest }) {
                    changedAbove = max(changedAbove, latest.revision)
                    if !latest.isDeleted { ancestors.append(latest) }
                }
                node = child
            }
            return (node.takeUnretainedValue(), ancestors.reversed(), changedAbove)
        }
    }

    /// Tells whether a path is unchanged since now.
    func unchanged(_ key: Key) -> Unchanged {
        let (mark, documents, now) = (root.nearest(key).node.observed, documents, revision)
        return { !mark.isLater(than: now) && !documents.isLater(than: now) }
    }

    /// A page of leaves.
    func scan(_ key: Key, after: Key?, limit: Int) -> Page {
        var page = Page(records: [], hasMore: false)
        guard let node = root.find(key), limit > 0 else { return page }
        func take(_ record: Record) -> Bool {
            guard page.records.count < limit else { return false }
            page.records.append(record)
            return true
        }
        guard let after, key <= after else {
            page.hasMore = !node.visitLeaves(after: nil, take)
            return page
        }
        guard key.contains(after) else { return page }
        page.hasMore = !after.bytes.withUnsafeBufferPointer { bytes in
            let rest = UnsafeBufferPointer(rebasing: bytes[key.bytes.count...])
            return node.visitLeaves(after: TrieNames(rest), take)
        }
        return page
    }

    /// A page of names.
    func names(below key: Key, after: [UInt8]?, limit: Int) -> [[UInt8]] {
        guard let node = root.find(key), limit > 0 else { return [] }
        var names: [[UInt8]] = []
        func take(_ child: TrieNode) -> Bool {
            if child.isLive, child.name != after { names.append(child.name) }
            return names.count < limit
        }
        guard let after else {
            _ = node.children.visit(from: nil, take)
            return names
        }
        after.withUnsafeBufferPointer { _ = node.children.visit(from: TrieName($0), take) }
        return names
    }

    /// The retained records of a leaf, newest first.
    func revisions(of key: Key, limit: Int) -> [Record] {
        guard let node = root.find(key), let latest = node.latest, limit > 0 else { return [] }
        return [latest] + node.older.suffix(limit - 1).reversed()
    }

    /// One retained version of a leaf.
    func version(_ version: UInt64, of key: Key) -> Record? {
        guard let node = root.find(key), let latest = node.latest else { return nil }
        return latest.version == version ? latest : node.older.last { $0.version == version }
    }

    /// The expired leaves, the soonest first.
    mutating func expired(by time: Timestamp, limit: Int) -> [Record] {
        expiries.expired(by: time, limit: limit) { root.find($0.key)?.leaf === $0 }
    }

    /// A page of the feed.
    mutating func changes(after revision: Revision, limit: Int) -> ChangePage {
        feed.trimByAge()
        return ChangePage(
            changes: feed.changes(after: revision, limit: limit), oldest: feed.oldest, current: self.revision,
            identity: identity)
    }
}

extension MemoryTree {
    /// Checks a transaction and makes its changes.
    mutating func commit(_ transaction: Transaction) throws(DriverError) -> Receipt {
        // Nothing has changed since the transaction was read, so all its expectations hold.
        if transaction.readAt != revision || revision == 0 { try check(transaction) }
        let last = revision + Revision(transaction.changes.count)
        var changes: [Change] = []
        changes.reserveCapacity(transaction.changes.count)
        for change in transaction.changes {
            revision += 1
            let node = root.make(change.draft.key)
            let record = change.draft.stamped(after: node.latest, revision: revision)
            let previous = node.leaf
            node.push(record, historyDepth: historyDepth)
            if !node.children.isEmpty { documents.raise(to: revision) }
            expiries.replace(previous, by: record) { root.find($0.key)?.leaf === $0 }
            if record.isDeleted { tombstones.append(record) }
            changes.append(Change(operation: change.operation, record: record, commitRevision: last))
        }
        feed.append(changes)
        dropOldTombstones()
        return Receipt(records: changes.map(\.record), revision: revision, durability: .memory)
    }

    private func check(_ transaction: Transaction) throws(DriverError) {
        for expectation in transaction.expectations { try check(expectation) }
        for change in transaction.changes {
            guard root.find(change.draft.key)?.leaf?.revision == change.replacing?.revision else {
                throw .conflict(at: change.draft.key)
            }
        }
    }

    private func check(_ expectation: Expectation) throws(DriverError) {
        switch expectation {
        case .leaf(let key, let revision):
            guard root.find(key)?.leaf?.revision == revision else { throw .conflict(at: key) }
        case .below(let key, let records):
            let node = root.find(key)
            guard node?.liveBelow ?? 0 == records.count else { throw .conflict(at: key) }
            var rest = records[...]
            let isAsExpected = node?.visitLeavesBelow { record in
                guard let expected = rest.popFirst() else { return false }
                return expected.revision == record.revision
            }
            guard isAsExpected ?? true else { throw .conflict(at: key) }
        }
    }

    private mutating func dropOldTombstones() {
        while tombstones.count > Self.tombstonesKept {
            let tombstone = tombstones.removeFirst()
            guard let node = root.find(tombstone.key), node.latest === tombstone else { continue }
            node.forget()
        }
    }
}
