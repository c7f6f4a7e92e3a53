import DequeModule
import NestKVStorage

/// The latest changes in the order in which they were committed: a ring, bounded by ``FeedRetention``.
///
/// It is trimmed by whole commits, so a reader that begins at ``oldest`` never sees half of one. The newest commit
/// stays whatever its size.
struct MemoryFeed {
    private struct Row {
        let change: Change
        let bytes: Int
        let arrival: ContinuousClock.Instant
    }

    private let retention: FeedRetention
    private var rows = Deque<Row>()
    private var bytes = 0
    /// The revision after which the feed is complete.
    private(set) var oldest: Revision = 0

    /// An empty feed.
    init(retention: FeedRetention) {
        self.retention = retention
    }

    /// Appends a commit's changes, which follow the stored ones without a gap.
    mutating func append(_ changes: [Change]) {
        guard let last = changes.last?.revision else { return }
        let now = ContinuousClock.now
        for change in changes {
            let size = change.record.key.bytes.count + change.record.value.utf8.count
            rows.append(Row(change: change, bytes: size, arrival: now))
            bytes += size
        }
        // Rows hold these numbers themselves: reading the record would miss the processor's caches.
        while rows.count > retention.count || bytes > retention.bytes, !rows.isEmpty,
            rows[0].change.commitRevision < last
        {
            dropFirstCommit()
        }
        trimByAge(now)
    }

    /// Drops changes that are too old.
    mutating func trimByAge(_ now: ContinuousClock.Instant = .now) {
        while !rows.isEmpty, now - rows[0].arrival > retention.age { dropFirstCommit() }
    }

    private mutating func dropFirstCommit() {
        guard let commit = rows.first?.change.commitRevision else { return }
        while let row = rows.first, row.change.commitRevision == commit {
            bytes -= row.bytes
            oldest = row.change.revision
            rows.removeFirst()
        }
    }

    /// The changes after a revision, at most `limit`, whole commits unless one alone is longer.
    func changes(after revision: Revision, limit: Int) -> [Change] {
        guard let first = rows.first?.change.revision, let last = rows.last?.change.revision, revision < last else {
            return []
        }
        // Revisions are consecutive, so a row's index follows from its revision.
        let start = revision < first ? 0 : Int(revision - first) + 1
        let full = min(rows.count, start + max(limit, 0))
        var end = full
        if end < rows.count {
            while end > start, rows[end - 1].change.revision != rows[end - 1].change.commitRevision { end -= 1 }
            if end == start { end = full }
        }
        return rows[start..<end].map(\.change)
    }
}
