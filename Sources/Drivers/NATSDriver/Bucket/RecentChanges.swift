import DequeModule
import NestKVStorage

/// The latest messages of a bucket without a gap, as far as this process wrote or read them.
///
/// Answers without asking the server: what changed since a revision, the latest record of a leaf that changed lately,
/// and the newest part of the feed.
struct RecentChanges {
    private static let countMax = 16_384
    private static let bytesMax = 16 << 20

    private struct Row {
        /// nil: the message's subject is not a path.
        let stored: StoredRecord?
        let bytes: Int
    }

    private var rows = Deque<Row>()
    private var bytes = 0
    private var latest: [Key: StoredRecord] = [:]
    /// Every change after this revision is known, up to ``current``.
    private(set) var floor: Revision
    /// The latest known revision.
    private(set) var current: Revision

    /// The number of messages taken so far, including forgotten ones.
    private(set) var taken: UInt64

    /// Nothing is known up to a revision.
    init(after revision: Revision, taken: UInt64 = 0) {
        floor = revision
        current = revision
        self.taken = taken
    }

    /// Adds the next message; nil if its subject is not a path.
    ///
    /// A known message is skipped. If there is a gap before the message, everything known before is forgotten.
    mutating func append(_ stored: StoredRecord?, at sequence: Revision) {
        guard sequence > current else { return }
        if sequence > current + 1 { self = RecentChanges(after: sequence - 1, taken: taken) }
        current = sequence
        taken += 1
        let size = stored.map { $0.key.bytes.count + $0.record.value.utf8.count + 128 } ?? 16
        rows.append(Row(stored: stored, bytes: size))
        bytes += size
        if let stored { latest[stored.key] = stored }
        while rows.count > Self.countMax || bytes > Self.bytesMax, rows.count > 1 { dropFirst() }
    }

    private mutating func dropFirst() {
        let row = rows.removeFirst()
        floor += 1
        bytes -= row.bytes
        guard let stored = row.stored, latest[stored.key]?.sequence == stored.sequence else { return }
        latest[stored.key] = nil
    }

    /// The latest message; nil if no message is known or its subject is not a path.
    var last: StoredRecord? { rows.last?.stored }

    /// The latest message of a leaf, if it came after ``floor``.
    func latest(of key: Key) -> StoredRecord? { latest[key] }

    /// Forgets the latest message of a leaf. That it changed after ``floor`` stays known.
    mutating func forgetLatest(of key: Key) { latest[key] = nil }

    /// The messages after a revision that is not before ``floor``, oldest first.
    func after(_ revision: Revision) -> some Sequence<StoredRecord> {
        rows.dropFirst(Int(min(revision, current) - floor)).lazy.compactMap(\.stored)
    }

    /// Whether an expectation that was read at a revision holds now; nil if too much has happened to know.
    func holds(_ expectation: Expectation, readAt revision: Revision) -> Bool? {
        guard revision >= floor else { return nil }
        switch expectation {
        case .leaf(let key, let expected):
            guard let stored = latest[key], stored.sequence > revision else { return true }
            return stored.liveRevision == expected
        case .below(let key, let records):
            for stored in after(revision) where key.isAncestor(of: stored.key) {
                guard let now = latest[stored.key], now.sequence == stored.sequence else { continue }
                let expected = records.first { $0.key == stored.key }?.revision
                guard now.liveRevision == expected else { return false }
            }
            return true
        }
    }
}

extension StoredRecord {
    /// The revision of the live leaf; nil for a tombstone.
    var liveRevision: Revision? { operation == .set ? sequence : nil }
}
