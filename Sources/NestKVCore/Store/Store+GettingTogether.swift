/// What stands at several paths.
public struct NodeSet: Sendable {
    /// Each path's node.
    public let nodes: [Key: Node]
    /// Whether there was a moment at which all of them stood there together.
    public let isOneMoment: Bool
    /// The revision at which they did; nil when they didn't, and when they are of several feeds.
    public let revision: Revision?
}

extension Store {
    /// What stands at several paths, read together.
    ///
    /// They are read one after the other. Then the change feed tells which of them were written meanwhile; those are
    /// read again, until none was. When others keep writing, the last reading is given as it is.
    /// - Throws: ``StoreError`` `.subtreeTooLarge` when they are more than a composed value may be.
    public func get(together keys: [Key]) async throws(StoreError) -> NodeSet {
        var nodes: [Key: Node] = [:]
        var stale = Set(keys)
        for _ in 1...8 {
            for key in stale.sorted() {
                nodes[key] = try await get(key, .tree)
                try check(nodes)
            }
            stale = try await staleKeys(among: nodes)
            guard !stale.isEmpty else { break }
        }
        let isOneMoment = stale.isEmpty
        let isOneFeed = Set(nodes.keys.map { feed(of: $0) }).count == 1
        let revision = isOneMoment && isOneFeed ? nodes.values.map(\.readRevision).max() : nil
        return NodeSet(nodes: nodes, isOneMoment: isOneMoment, revision: revision)
    }

    /// The paths at which something was written after they were read.
    private func staleKeys(among nodes: [Key: Node]) async throws(StoreError) -> Set<Key> {
        var stale: Set<Key> = []
        for (feed, keys) in Dictionary(grouping: nodes.keys, by: { feed(of: $0) }) {
            let readAt = keys.compactMap { key in nodes[key].map { (key: key, revision: $0.readRevision) } }
            let first = readAt.map(\.revision).min() ?? 0
            let isComplete = try await visitChanges(in: feed, after: first) { change in
                for (key, revision) in readAt where revision < change.revision && key.concerns(change.record.key) {
                    stale.insert(key)
                }
                return true
            }
            if !isComplete { stale.formUnion(keys) }
        }
        return stale
    }

    private func check(_ nodes: [Key: Node]) throws(StoreError) {
        let bytes = nodes.values.reduce(0) { $0 + $1.storedBytes }
        guard bytes <= limits.composedBytes else {
            throw StoreError(
                .subtreeTooLarge,
                "The paths hold more than \(limits.composedBytes) bytes together; ask for fewer, or for parts of them: "
                    + "'?keys' lists those, '?depth=1' shows what they are.",
                limit: limits.composedBytes)
        }
    }
}
