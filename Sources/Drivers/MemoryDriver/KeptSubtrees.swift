import DequeModule
import NestKVCore

/// The subtrees read lately, for as long as nothing changes in them: bounded by bytes, the oldest go first.
struct KeptSubtrees {
    /// What a node keeps.
    struct Entry {
        let subtree: Subtree
        /// Since when it is so.
        let since: Revision
    }

    /// The most bytes of all.
    static let bytesMax = 32 << 20

    /// The nodes that keep something, the oldest first.
    private var nodes = Deque<TrieNode>()
    private var bytes = 0

    /// What a node keeps, when nothing changed since and it is enough.
    func find(_ node: TrieNode, _ reach: Reach, _ since: Revision) -> Subtree? {
        guard let kept = node.kept, kept.since == since, kept.subtree.fits(reach) else { return nil }
        return kept.subtree
    }

    /// Keeps what was read of a node, unless it alone is a large part of what may be kept.
    mutating func keep(_ leaves: [Record], at node: TrieNode, _ since: Revision) -> Subtree? {
        let subtree = Subtree(leaves)
        guard subtree.memoryBytes <= Self.bytesMax / 8 else { return nil }
        if let old = node.kept { bytes -= old.subtree.memoryBytes } else { nodes.append(node) }
        node.kept = Entry(subtree: subtree, since: since)
        bytes += subtree.memoryBytes
        while bytes > Self.bytesMax, let oldest = nodes.popFirst() {
            bytes -= oldest.kept?.subtree.memoryBytes ?? 0
            oldest.kept = nil
        }
        return subtree
    }
}
