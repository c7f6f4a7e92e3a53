import NestKVCore

/// One path segment: its leaf, if it is one, and what stands below it.
final class TrieNode {
    /// The segment; empty for the root.
    let name: [UInt8]
    /// The node above; it holds this one, so it is there as long as this one is part of the trie.
    unowned let parent: TrieNode?
    /// The leaf's latest record, its tombstone included.
    @exclusivity(unchecked) private(set) var latest: Record?
    /// The records before it, the newest last.
    @exclusivity(unchecked) private(set) var older: [Record] = []
    /// The number of leaves below that are there.
    @exclusivity(unchecked) private(set) var liveBelow = 0
    /// The store's revision of the latest change at or below this node.
    @exclusivity(unchecked) private(set) var changedAt: Revision = 0
    /// What was handed out lately (``KeptSubtrees``).
    @exclusivity(unchecked) var kept: KeptSubtrees.Entry?
    /// The nodes below.
    @exclusivity(unchecked) private(set) var children = TrieChildren()

    /// A node that knows nothing yet.
    init(name: [UInt8], parent: TrieNode?) {
        self.name = name
        self.parent = parent
    }

    /// The leaf, when it is there.
    @inline(__always)
    var leaf: Record? {
        guard let latest, !latest.isDeleted else { return nil }
        return latest
    }

    /// Whether anything is at or below this node.
    var isLive: Bool { liveBelow > 0 || leaf != nil }

    /// The node of a key, when it is known.
    func find(_ key: Key) -> TrieNode? {
        key.bytes.withUnsafeBufferPointer { bytes in
            var names = TrieNames(bytes)
            var node = Unmanaged.passUnretained(self)
            while let name = names.next() {
                guard let child = node._withUnsafeGuaranteedRef({ $0.children.find(name) }) else { return nil }
                node = child
            }
            return node.takeUnretainedValue()
        }
    }

    /// The node of a key, made when it is not known.
    func make(_ key: Key) -> TrieNode {
        key.bytes.withUnsafeBufferPointer { bytes in
            var names = TrieNames(bytes)
            var node = Unmanaged.passUnretained(self)
            while let name = names.next() {
                node = node._withUnsafeGuaranteedRef { $0.children.find(name) ?? $0.insertChild(name) }
            }
            return node.takeUnretainedValue()
        }
    }

    private func insertChild(_ name: TrieName) -> Unmanaged<TrieNode> {
        let child = TrieNode(name: Array(name.bytes), parent: self)
        children.insert(child)
        return .passUnretained(child)
    }

    /// Takes a new record and keeps the one before it.
    func push(_ record: Record, historyDepth: Int) {
        let change = (record.isDeleted ? 0 : 1) - (leaf == nil ? 0 : 1)
        if let latest {
            older.append(latest)
            if older.count > historyDepth { older.removeFirst(older.count - historyDepth) }
        }
        latest = record
        changedAt = record.revision
        var above = parent
        while let node = above {
            node.liveBelow += change
            node.changedAt = record.revision
            above = node.parent
        }
    }

    /// Forgets the leaf's tombstone and history, and every node that is good for nothing then.
    func forget() {
        precondition(leaf == nil, "only a deleted leaf is forgotten")
        latest = nil
        older = []
        var node = self
        while let parent = node.parent, node.latest == nil, node.children.isEmpty {
            node.name.withUnsafeBufferPointer { parent.children.remove(TrieName($0)) }
            node = parent
        }
    }
}

extension TrieNode {
    /// Visits the leaves at and below this node in key order until `visit` says false.
    ///
    /// - Parameter after: where to begin, as seen from this node: behind that key. Nil: with this node's own leaf.
    /// - Returns: false when `visit` said it.
    func visitLeaves(after: TrieNames?, _ visit: (Record) -> Bool) -> Bool {
        guard var after else {
            if let leaf, !visit(leaf) { return false }
            return visitLeavesBelow(visit)
        }
        guard let start = after.next() else {
            return liveBelow == 0 || children.visit(from: nil) { $0.visitIfLive(visit) }
        }
        return children.visit(from: start) { child in
            let isStart = child.name.elementsEqual(start.bytes)
            return isStart ? child.visitLeaves(after: after, visit) : child.visitIfLive(visit)
        }
    }

    private func visitIfLive(_ visit: (Record) -> Bool) -> Bool {
        !isLive || visitLeaves(after: nil, visit)
    }

    /// Visits the leaves below this node, not the one at it.
    func visitLeavesBelow(_ visit: (Record) -> Bool) -> Bool {
        liveBelow == 0 || children.visit(from: nil) { $0.visitIfLive(visit) }
    }
}
