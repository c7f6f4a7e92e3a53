import MicroJSON
import NestKVStorage

/// Selects the leaves from which a read composes its value.
public struct Selection: Sendable {
    /// The tags that a leaf must have, all of them.
    public var tags: [String]
    /// The number of levels below the path; nil for all.
    public var depth: Int?

    /// Selects all leaves.
    public static let everything = Selection()

    /// A selection from its parts.
    public init(tags: [String] = [], depth: Int? = nil) {
        self.tags = tags
        self.depth = depth
    }

    /// Whether all leaves are selected.
    public var isEverything: Bool { tags.isEmpty && depth == nil }
}

extension Store {
    public func get(_ key: Key, _ view: View, _ selection: Selection) async throws(StoreError) -> Node {
        if view == .leaf { return try await get(key, view).selecting(selection.tags) }
        let feed = feed(of: key)
        var attempt = 1
        while true {
            let revision = try await currentRevision(of: feed)
            var records = try await collect(key, selection, at: revision)
            records.unchangedSince = min(try await unchangedSince(key), revision)
            // The pages belong to different moments, unless nothing was written meanwhile.
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
        var records = NodeRecords(revision: revision)
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
                    "\(key) has more than \(limits.leaves) selected leaves or \(limits.composedBytes) bytes; request a "
                        + "smaller subtree.", .listParts, limit: limits.composedBytes)
            }
            records.below.append(record)
            if let depth = selection.depth, let child = record.key.ancestor(levels: depth, below: key) {
                walk.skip(child)
            }
        }
        // A scalar or an array hides what the leaves above have at its place.
        if records.latest.map({ $0.value.kind == .object }) ?? true {
            records.ancestors = try await ancestors(of: key, carrying: selection.tags)
        }
        return records
    }

    private func ancestors(of key: Key, carrying tags: [String]) async throws(StoreError) -> [Record] {
        var ancestors: [Record] = []
        for ancestor in key.ancestors {
            guard let leaf = try await get(ancestor, .leaf).soleLeaf, leaf.carries(tags) else { continue }
            ancestors.append(leaf)
        }
        return ancestors
    }
}

extension Node {
    /// This node, composed only from the leaves that have these tags.
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
    /// The ancestor of this key that is `levels` below `root`; nil if this key is not that deep.
    func ancestor(levels: Int, below root: Key) -> Key? {
        var seen = 0
        for index in root.bytes.count..<bytes.count where bytes[index] == 0 {
            seen += 1
            if seen == levels { return index + 1 < bytes.count ? Key(bytes: Array(bytes[...index])) : nil }
        }
        return nil
    }
}
