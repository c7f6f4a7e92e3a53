import NestKVStorage

/// One path segment: its leaf, if it has one, and the nodes below it.
final class TrieNode {
    /// The segment; empty for the root.
    let name: [UInt8]
    /// The node above. It holds this one, so it exists as long as this one is part of the trie.
    unowned let parent: TrieNode?
    /// The leaf's latest record, which may be a tombstone.
    @exclusivity(unchecked) private(set) var latest: Record?
    /// The records before it, the newest last.
    @exclusivity(unchecked) private(set) var older: [Record] = []
    /// The number of live leaves below.
    @exclusivity(unchecked) private(set) var liveBelow = 0
    /// The store's revision of the latest change at or below this node.
    @exclusivity(unchecked) private(set) var changedAt: Revision = 0
    /// ``changedAt`` for readers that hold no lock, once one has asked for it.
    @exclusivity(unchecked) private var mark: ChangeMark?
    /// The subtree that was read last (``KeptSubtrees``).
    @exclusivity(unchecked) var kept: KeptSubtrees.Entry?
    /// The nodes below.
    @exclusivity(unchecked) private(set) var children = TrieChildren()

    /// A node without a leaf and children.
    init(name: [UInt8], parent: TrieNode?) {
        self.name = name
        self.parent = parent
    }

    /// The leaf's record, if the leaf is live.
    @inline(__always)
    var leaf: Record? {
        guard let latest, !latest.isDeleted else { return nil }
        return latest
    }

    /// Whether there is a live leaf at or below this node.
    var isLive: Bool { liveBelow > 0 || leaf != nil }

    /// The node of a key, if there is one.
    func find(_ key: Key) -> TrieNode? {
        let (node, isWhole) = nearest(key)
        return isWhole ? node : nil
    }

    /// The node of a key, or the nearest one above it, and whether it is that of the whole key.
    func nearest(_ key: Key) -> (node: TrieNode, isWhole: Bool) {
        key.bytes.withUnsafeBufferPointer { bytes in
            var names = TrieNames(bytes)
            var node = Unmanaged.passUnretained(self)
            while let name = names.next() {
                guard let child = node._withUnsafeGuaranteedRef({ $0.children.find(name) }) else {
                    return (node.takeUnretainedValue(), false)
                }
                node = child
            }
            return (node.takeUnretainedValue(), true)
        }
    }

    /// The mark of changes at or below this node.
    var observed: ChangeMark {
        if let mark { return mark }
        let mark = ChangeMark(changedAt)
        self.mark = mark
        return mark
    }

    /// The node of a key, made if it is missing.
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

    /// Sets a new record and keeps the previous one in the history.
    func push(_ record: Record, historyDepth: Int) {
        let change = (record.isDeleted ? 0 : 1) - (leaf == nil ? 0 : 1)
        if let latest {
            older.append(latest)
            if older.count > historyDepth { older.removeFirst(older.count - historyDepth) }
        }
        latest = record
        noteChange(record.revision)
        var above = parent
        while let node = above {
            node.liveBelow += change
            node.noteChange(record.revision)
            above = node.parent
        }
    }

    @inline(__always)
    private func noteChange(_ revision: Revision) {
        changedAt = revision
        mark?.raise(to: revision)
    }

    /// Removes the leaf's tombstone and history, and every node that is empty then.
    func forget() {
        precondition(leaf == nil, "only a deleted leaf can be forgotten")
        latest = nil
        older = []
        var node = self
        while let parent = node.parent, node.latest == nil, node.children.isEmpty {
            node.name.withUnsafeBufferPointer { parent.children.remove(TrieName($0)) }
            // Changes of a node that is made later in its place are not marked here.
            node.mark?.raise(to: .max)
            node = parent
        }
    }
}

extension TrieNode {
    /// Visits the leaves at and below this node in key order until `visit` returns false.
    ///
    /// - Parameter after: a key relative to this node, after which to begin; nil: begin with this node's own leaf.
    /// - Returns: false if `visit` returned false.
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

    /// Visits the leaves below this node, not its own.
    func visitLeavesBelow(_ visit: (Record) -> Bool) -> Bool {
        liveBelow == 0 || children.visit(from: nil) { $0.visitIfLive(visit) }
    }
}
