/// Which leaves a read composes its value from.
public struct Selection: Sendable {
    /// Tags that a leaf must carry, all of them.
    public var tags: [String]
    /// How many levels below the path are wanted; nil: all.
    public var depth: Int?

    /// All of them.
    public static let everything = Selection()

    /// A selection from its parts.
    public init(tags: [String] = [], depth: Int? = nil) {
        self.tags = tags
        self.depth = depth
    }

    /// Whether nothing is left out.
    public var isEverything: Bool { tags.isEmpty && depth == nil }
}

extension Store {
    /// What stands at a path, composed from the selected leaves alone.
    ///
    /// With a depth, all but one of the leaves below each child that stands so deep are skipped, not read. So the
    /// node's value is right down to that depth, and deeper has something wherever there is something: cut it there.
    /// - Throws: ``StoreError`` `.subtreeTooLarge` when more is selected than the limits permit.
    public func get(_ key: Key, _ view: View, _ selection: Selection) async throws(StoreError) -> Node {
        if view == .leaf { return try await get(key, view).selecting(selection.tags) }
        let feed = feed(of: key)
        var attempt = 1
        while true {
            let revision = try await currentRevision(of: feed)
            var records = try await collect(key, selection, at: revision)
            records.unchangedSince = min(try await unchangedSince(key), revision)
            // The pages are of different moments. When nothing was written there meanwhile, they are of one.
            let isSettled = try await isUntouched([key], in: feed, after: revision)
            guard isSettled || attempt == 4 else {
                attempt += 1
                continue
            }
            return Node(key: key, records: records)
        }
    }

    private func collect(
        _ key: Key, _ selection: Selection, at revision: Revision
    ) async throws(StoreError) -> NodeRecords {
        var records = NodeRecords(latest: nil, ancestors: [], below: [], isTruncated: false, revision: revision)
        var walk = LeafWalk(self, key)
        var bytes = 0
        while let record = try await walk.next() {
            guard record.carries(selection.tags) else { continue }
            guard record.key != key else {
                records.latest = record
                continue
            }
            bytes += record.value.utf8.count
            guard records.below.count < limits.leaves, bytes <= limits.composedBytes else {
                throw StoreError(
                    .subtreeTooLarge,
                    "More than \(limits.leaves) leaves or \(limits.composedBytes) bytes are selected below \(key); "
                        + "work on its parts: '?keys' lists them, a smaller '?depth' shows what they are.",
                    limit: limits.composedBytes)
            }
            records.below.append(record)
            if let depth = selection.depth, let child = record.key.ancestor(levels: depth, below: key) {
                walk.skip(child)
            }
        }
        if records.latest == nil { records.ancestors = try await ancestors(of: key, carrying: selection.tags) }
        return records
    }

    private func ancestors(of key: Key, carrying tags: [String]) async throws(StoreError) -> [Record] {
        for ancestor in key.ancestors {
            guard let leaf = try await get(ancestor, .leaf).soleLeaf, leaf.carries(tags),
                leaf.value.contains(key.segments(below: ancestor))
            else { continue }
            return [leaf]
        }
        return []
    }
}

extension Node {
    /// This node, composed from the leaves alone that carry these tags.
    public func selecting(_ tags: [String]) -> Node {
        guard !tags.isEmpty else { return self }
        var records = records
        if let latest = records.latest, !latest.carries(tags) { records.latest = nil }
        records.ancestors.removeAll { !$0.carries(tags) }
        records.below.removeAll { !$0.carries(tags) }
        records.subtree = nil
        return Node(key: key, records: records, isLeafOnly: isLeafOnly)
    }
}

extension Key {
    /// The key `levels` below `root` that this one stands below; nil when it doesn't stand so deep.
    func ancestor(levels: Int, below root: Key) -> Key? {
        var seen = 0
        for index in root.bytes.count..<bytes.count where bytes[index] == 0 {
            seen += 1
            if seen == levels { return index + 1 < bytes.count ? Key(bytes: Array(bytes[...index])) : nil }
        }
        return nil
    }
}
