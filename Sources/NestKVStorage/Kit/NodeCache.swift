import Synchronization

/// A cache of recently read paths with the records around them. It is bounded by bytes and evicts by second chance.
///
/// Entries are not removed when they change. An entry has the revision at which it was read, and ``ChangeTable`` shows
/// whether its leaf, a leaf below or a leaf above changed since. A slow reader therefore can't restore an old state,
/// because the change that it missed has a greater revision than its entry.
public final class NodeCache: Sendable {
    /// A path with leaves at or below it, and the records around it.
    private struct Entry {
        /// The path.
        let key: Key
        /// The leaf, the same object for all readers, so that renderings kept with it are made once.
        var latest: Record?
        /// The leaves above; nil if they were not read.
        var ancestors: [Record]?
        /// All leaves below, the same object for all readers; nil if they were not read.
        var subtree: Subtree?
        /// The revision at which the entry was current.
        var revision: Revision
        /// The revision since which the entry is unchanged. Once returned, it stays the same as long as the entry
        /// exists.
        var unchangedSince: Revision
    }

    private struct Slot {
        var entry: Entry
        var bytes: Int
        var isUsed = false
    }

    /// An entry whose subtree is too large to be kept. It lasts as long as others hold the subtree.
    private struct Passing {
        /// Without the subtree.
        let entry: Entry
        weak var subtree: Subtree?

        init(_ entry: Entry) {
            subtree = entry.subtree
            var entry = entry
            entry.subtree = nil
            self.entry = entry
        }

        var whole: Entry? {
            guard let subtree else { return nil }
            var entry = entry
            entry.subtree = subtree
            return entry
        }
    }

    private struct Shard {
        var slots: [UInt64: Slot] = [:]
        var passing: [UInt64: Passing] = [:]
        /// The hashes of `slots`, the oldest first; rotated rather than shifted.
        var order: [UInt64] = []
        var hand = 0
        var bytes = 0
    }

    private static let shardCount = 8
    private let shards: [ShardBox]
    private let shardBytes: Int

    private final class ShardBox: Sendable {
        let shard = Mutex(Shard())
    }

    /// An empty cache of at most this many bytes; 0 disables it.
    public init(bytes: Int) {
        shardBytes = bytes / Self.shardCount
        shards = (0..<Self.shardCount).map { _ in ShardBox() }
    }

    private func shard(_ hash: UInt64) -> ShardBox { shards[Int(hash >> 61)] }

    /// The cached records of a path, if they are sufficient and no change was marked since.
    ///
    /// - Parameters:
    ///   - marks: the path's marks, read after the revision.
    ///   - revision: the store's revision.
    public func find(
        _ key: Key, _ marks: ChangeTable.Marks, _ reach: Reach, at revision: Revision
    ) -> NodeRecords? {
        guard let entry = entry(key, hash: marks.hash), entry.revision <= revision, marks.leaf <= entry.revision else {
            return nil
        }
        var subtree = Subtree.empty
        if reach.leavesBelow > 0 {
            guard let kept = entry.subtree, kept.fits(reach), marks.below <= entry.revision else { return nil }
            subtree = kept
        }
        var ancestors: [Record] = []
        if reach.ancestors {
            guard let kept = entry.ancestors, marks.ancestors <= entry.revision else { return nil }
            ancestors = kept
        }
        var records = NodeRecords(latest: entry.latest, ancestors: ancestors, subtree: subtree, revision: revision)
        let isWhole = marks.below <= entry.revision && marks.ancestors <= entry.revision
        records.unchangedSince = isWhole ? entry.unchangedSince : min(marks.latest, revision)
        return records
    }

    private func entry(_ key: Key, hash: UInt64) -> Entry? {
        shard(hash).shard.withLock { shard in
            guard let index = shard.slots.index(forKey: hash), shard.slots.values[index].entry.key == key else {
                guard let entry = shard.passing[hash]?.whole, entry.key == key else { return nil }
                return entry
            }
            shard.slots.values[index].isUsed = true
            return shard.slots.values[index].entry
        }
    }

    /// Keeps the records that were read, unless they are empty or truncated. If the same revision of the leaf is
    /// already kept, `records` gets that object instead of its own.
    ///
    /// - Parameter marks: the path's marks, for their hash.
    public func keep(_ records: inout NodeRecords, _ key: Key, _ marks: ChangeTable.Marks, _ reach: Reach) {
        guard records.leaf != nil || !records.below.isEmpty, !records.isTruncated else { return }
        if reach.leavesBelow > 0 { records.subtree = .of(records.below, records.latest, since: records.unchangedSince) }
        let entry = Entry(
            key: key, latest: records.latest, ancestors: reach.ancestors ? records.ancestors : nil,
            subtree: records.subtree, revision: records.revision, unchangedSince: records.unchangedSince)
        records.latest = keep(entry, hash: marks.hash).latest
    }

    private func keep(_ entry: Entry, hash: UInt64) -> Entry {
        let bytes = Self.size(entry)
        guard bytes <= shardBytes / 2 else {
            if shardBytes > 0, entry.subtree?.leaves.isEmpty == false { pass(entry, hash: hash) }
            return entry
        }
        return shard(hash).shard.withLock { shard in
            var entry = entry
            if let known = shard.slots[hash] {
                let isSame = known.entry.key == entry.key
                guard !isSame || known.entry.revision <= entry.revision else { return entry }
                if isSame, known.entry.latest?.revision == entry.latest?.revision { entry.latest = known.entry.latest }
                shard.bytes -= known.bytes
            } else {
                shard.order.append(hash)
            }
            shard.slots[hash] = Slot(entry: entry, bytes: bytes)
            shard.bytes += bytes
            while shard.bytes > shardBytes { Self.evictOne(&shard) }
            return entry
        }
    }

    private func pass(_ entry: Entry, hash: UInt64) {
        shard(hash).shard.withLock { shard in
            shard.passing = shard.passing.filter { $0.value.subtree != nil }
            let known = shard.passing[hash]
            if known == nil || known?.entry.key == entry.key && known?.entry.revision ?? 0 < entry.revision {
                shard.passing[hash] = Passing(entry)
            }
            // An entry from when the subtree was small enough is outdated.
            if let slot = shard.slots[hash], slot.entry.key == entry.key, slot.entry.revision <= entry.revision {
                shard.slots[hash] = nil
                shard.bytes -= slot.bytes
                shard.order.removeAll { $0 == hash }
            }
        }
    }

    /// Replaces a leaf's old record by its new one, so that a frequently read leaf stays cached while it is written.
    ///
    /// - Parameters:
    ///   - marks: the key's marks, which must not change during the call.
    ///   - revision: the store's revision, up to which everything is marked. It must already be published, because
    ///     readers must not see this record before.
    public func renew(_ record: Record, _ marks: ChangeTable.Marks, at revision: Revision) {
        shard(marks.hash).shard.withLock { shard in
            guard var slot = shard.slots[marks.hash], slot.entry.key == record.key else { return }
            let since = max(slot.entry.unchangedSince, record.revision)
            slot.entry.unchangedSince = since
            // A new object even for the same leaves below, because its rendering contains the old leaf.
            slot.entry.subtree =
                marks.below > slot.entry.revision
                ? nil : slot.entry.subtree.map { .of($0.leaves, record, since: since) }
            if marks.ancestors > slot.entry.revision { slot.entry.ancestors = nil }
            slot.entry.latest = record
            slot.entry.revision = revision
            shard.bytes -= slot.bytes
            slot.bytes = Self.size(slot.entry)
            shard.bytes += slot.bytes
            shard.slots[marks.hash] = slot
            while shard.bytes > shardBytes { Self.evictOne(&shard) }
        }
    }

    /// The size of an entry. The value counts twice, because a ready response may be kept with the record.
    private static func size(_ entry: Entry) -> Int {
        600 + entry.key.bytes.count + 2 * (entry.latest?.value.utf8.count ?? 0)
            + (entry.subtree.map { $0.leaves.isEmpty ? 0 : $0.memoryBytes } ?? 0)
    }

    private static func evictOne(_ shard: inout Shard) {
        while !shard.order.isEmpty {
            if shard.hand >= shard.order.count { shard.hand = 0 }
            let hash = shard.order[shard.hand]
            if shard.slots[hash]?.isUsed == true {
                shard.slots[hash]?.isUsed = false
                shard.hand += 1
                continue
            }
            if let slot = shard.slots.removeValue(forKey: hash) { shard.bytes -= slot.bytes }
            shard.order.swapAt(shard.hand, shard.order.count - 1)
            shard.order.removeLast()
            return
        }
    }
}
