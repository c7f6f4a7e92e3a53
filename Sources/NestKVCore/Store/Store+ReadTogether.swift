import NestKVStorage

/// The nodes of several paths.
public struct NodeSet: Sendable {
    /// Each path's node.
    public let nodes: [Key: Node]
    /// Whether all nodes belong to one moment.
    public let isOneMoment: Bool
    /// The revision of that moment; nil without such a moment, or if the paths belong to several feeds.
    public let revision: Revision?
}

extension Store {
    /// Reads several paths together.
    ///
    /// The paths are read one after another. The change feed then shows which of them were written meanwhile. Those are
    /// read again until none was written. If writers keep changing them, the last reading is returned.
    ///
    /// - Throws: ``StoreError`` `.subtreeTooLarge` if together they exceed the limit on a composed value.
    public func readTogether(_ keys: [Key]) async throws(StoreError) -> NodeSet {
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

    /// The paths that were changed after they were read.
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
                "The paths have more than \(limits.composedBytes) bytes in total; request fewer paths or smaller "
                    + "subtrees.", .listParts, limit: limits.composedBytes)
        }
    }
}
