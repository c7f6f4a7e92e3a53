import MicroText
import NestKVStorage
import Synchronization

/// The paths read lately, with the records at, above and below them: bounded by bytes. Redis reports which keys change
/// (client-side caching), so unchanged paths are read without asking.
///
/// Nothing is removed because it changed. An entry says when its read was sent; a mark says when a change of a key was
/// reported; a reader compares both. So a read that was under way during a change can't restore an old state. The whole
/// cache is valid at ``revision``, the greatest that this process has seen: if that rises for an unknown reason,
/// everything is dropped.
final class ClientSideCache: Sendable {
    private struct Entry {
        /// The complete result of the read.
        let records: NodeRecords
        let hasAncestors: Bool
        let hasBelow: Bool
        var began: UInt64
        let slots: Slots
        /// The approximate bytes in memory.
        let bytes: Int
        /// Whether this process wrote it and hasn't read it since. Another program may have written at the same moment,
        /// and Redis reports a key only once.
        var isOwn = false

        /// Whether it has everything that a reach asks for.
        func covers(_ reach: Reach) -> Bool {
            (!isOwn || reach.mayBeOutdated) && (hasAncestors || !reach.ancestors)
                && (reach.leavesBelow == 0 || hasBelow && (records.subtree?.fits(reach) ?? true))
        }
    }

    /// The indices of the marks of a key and of the keys above it.
    private struct Slots {
        let own: Int
        let above: [Int]

        init(_ key: Key) {
            var (hash, slots) = (FNV1a(), [Int]())
            for byte in key.bytes {
                hash.add(byte)
                if byte == 0 { slots.append(Int(hash.mixed >> (64 - ClientSideCache.slotBits))) }
            }
            own = slots.popLast() ?? 0
            above = slots
        }
    }

    private struct State {
        var revision: Revision = 0
        var isOn = false
        /// Rises with every reported change.
        var sequence: UInt64 = 1
        /// Entries whose read began earlier are invalid.
        var validFrom: UInt64 = 0
        var changedAt: [UInt64]
        var changedBelow: [UInt64]
        /// Two generations: used entries move to the young one. When that is full, the old one is dropped.
        var young: [Key: Entry] = [:]
        var old: [Key: Entry] = [:]
        var youngBytes = 0
    }

    /// The number of marks. Keys that share one only cause more reads of each other.
    private static let slotBits: UInt64 = 16
    private let bytesMax: Int
    private let state: Mutex<State>

    /// An empty cache of at most `bytes` bytes; 0: nothing is kept.
    init(bytes: Int) {
        bytesMax = bytes
        let slots = bytes > 0 ? 1 << Int(Self.slotBits) : 0
        state = Mutex(
            State(
                changedAt: [UInt64](repeating: 0, count: slots), changedBelow: [UInt64](repeating: 0, count: slots)))
    }

    /// The greatest revision that this process has seen.
    var revision: Revision { state.withLock { $0.revision } }

    /// What is known of a path, if that is enough.
    func find(_ key: Key, _ reach: Reach) -> NodeRecords? {
        guard bytesMax > 0 else { return nil }
        return state.withLock { state in
            guard state.isOn, let entry = Self.entry(key, &state, half: bytesMax / 2) else { return nil }
            guard entry.covers(reach), entry.began >= state.validFrom, state.changedAt[entry.slots.own] <= entry.began,
                !(reach.leavesBelow > 0 || reach.ancestors) || state.changedBelow[entry.slots.own] <= entry.began,
                !reach.ancestors || entry.slots.above.allSatisfy({ state.changedAt[$0] <= entry.began })
            else { return nil }
            var records = entry.records
            if !reach.ancestors { records.ancestors = [] }
            if reach.leavesBelow == 0 { (records.below, records.subtree) = ([], nil) }
            records.revision = state.revision
            return records
        }
    }

    private static func entry(_ key: Key, _ state: inout State, half: Int) -> Entry? {
        if let entry = state.young[key] { return entry }
        guard let entry = state.old.removeValue(forKey: key) else { return nil }
        add(entry, key, &state, half: half)
        return entry
    }

    private static func add(_ entry: Entry, _ key: Key, _ state: inout State, half: Int) {
        if state.youngBytes + entry.bytes > half {
            state.old = state.young
            state.young = [:]
            state.youngBytes = 0
        }
        let replaced = state.young.updateValue(entry, forKey: key)
        state.youngBytes += entry.bytes - (replaced?.bytes ?? 0)
    }

    /// The moment before a read is sent, for ``keep(_:_:_:began:)``.
    var now: UInt64 { state.withLock { $0.sequence } }

    /// Keeps what was read.
    func keep(_ records: NodeRecords, _ key: Key, _ reach: Reach, began: UInt64) {
        guard bytesMax > 0, !records.isTruncated else { return }
        // A leaf's value counts twice, because a ready response is kept with its record.
        let leafBytes = 2 * (records.latest?.value.utf8.count ?? 0)
        let subtreeBytes = records.below.isEmpty ? 0 : records.subtree?.memoryBytes ?? 0
        let bytes = 600 + key.bytes.count + leafBytes + subtreeBytes
        guard bytes <= bytesMax / 4 else { return }
        let entry = Entry(
            records: records, hasAncestors: reach.ancestors, hasBelow: reach.leavesBelow > 0,
            began: began, slots: Slots(key), bytes: bytes)
        state.withLock { state in
            guard state.isOn, began >= state.validFrom, state.changedAt[entry.slots.own] <= began else { return }
            // An earlier read that took longer must not replace a later one.
            let known = state.young[key] ?? state.old[key]
            guard known?.records.unchangedSince ?? 0 <= records.unchangedSince else { return }
            Self.add(entry, key, &state, half: bytesMax / 2)
        }
    }

    /// Notes that a key was changed.
    func mark(_ key: Key) {
        guard bytesMax > 0 else { return }
        let slots = Slots(key)
        state.withLock { Self.mark(slots, &$0) }
    }

    private static func mark(_ slots: Slots, _ state: inout State) {
        state.sequence += 1
        state.changedAt[slots.own] = state.sequence
        for slot in slots.above { state.changedBelow[slot] = state.sequence }
    }

    /// Notes a commit of this process. If others committed since the last one, no entry is certain.
    ///
    /// - Parameter own: the one leaf that it changed, which is kept for the next write to it, and its surroundings.
    func committed(
        _ keys: [Key], upTo revision: Revision, keeping own: (record: Record, surroundings: CommitPart.Surroundings)?
    ) {
        let slots = bytesMax > 0 ? keys.map(Slots.init) : []
        var entry: Entry?
        if let own, let slots = slots.first { entry = self.entry(own.record, own.surroundings, slots, revision) }
        state.withLock { state in
            if state.revision + Revision(keys.count) != revision { Self.drop(&state) }
            state.revision = max(state.revision, revision)
            for slots in slots { Self.mark(slots, &state) }
            guard var kept = entry, state.isOn, state.revision == revision else { return }
            kept.began = state.sequence
            Self.add(kept, keys[0], &state, half: bytesMax / 2)
        }
    }

    /// The entry for a leaf that was committed; nil if it is too large.
    private func entry(
        _ record: Record, _ surroundings: CommitPart.Surroundings, _ slots: Slots, _ revision: Revision
    ) -> Entry? {
        let bytes = 600 + record.key.bytes.count + 2 * record.value.utf8.count
        guard bytes <= bytesMax / 4 else { return nil }
        var records = NodeRecords(latest: record, revision: revision)
        records.unchangedSince = record.revision
        let isEmpty = surroundings == .empty
        return Entry(
            records: records, hasAncestors: isEmpty, hasBelow: isEmpty, began: 0, slots: slots, bytes: bytes,
            isOwn: true)
    }

    /// Notes the store's revision. If it has risen, others have committed.
    func saw(_ revision: Revision) {
        state.withLock { state in
            guard revision > state.revision else { return }
            state.revision = revision
            Self.drop(&state)
        }
    }

    /// Drops everything.
    func forget() {
        state.withLock { Self.drop(&$0) }
    }

    /// Drops everything, and keeps nothing until it is turned on again.
    func turn(on isOn: Bool, at revision: Revision? = nil) {
        state.withLock { state in
            Self.drop(&state)
            state.isOn = isOn
            if let revision { state.revision = max(revision, state.revision) }
            (state.young, state.old, state.youngBytes) = ([:], [:], 0)
        }
    }

    private static func drop(_ state: inout State) {
        state.sequence += 1
        state.validFrom = state.sequence
    }
}
