import DequeModule
import NestKVStorage

/// The subtrees that were read lately, each valid until something in it changes. Bounded by bytes: the oldest go first.
struct KeptSubtrees {
    /// A kept subtree.
    struct Entry {
        let subtree: Subtree
        /// The revision since which the subtree is unchanged.
        let since: Revision
    }

    /// The most bytes of all kept subtrees.
    static let bytesMax = 32 << 20

    /// The nodes with a kept subtree, the oldest first.
    private var nodes = Deque<TrieNode>()
    private var bytes = 0

    /// The subtree kept at a node, if nothing changed since it was read and it covers the requested reach.
    func find(_ node: TrieNode, _ reach: Reach, _ since: Revision) -> Subtree? {
        guard let kept = node.kept, kept.since == since, kept.subtree.fits(reach) else { return nil }
        return kept.subtree
    }

    /// Keeps a subtree that was read, unless it alone would take a large part of ``bytesMax``.
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
