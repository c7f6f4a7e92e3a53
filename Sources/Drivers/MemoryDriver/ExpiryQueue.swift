import HeapModule
import NestKVCore

/// The leaves that will expire, the soonest first. A leaf that was changed since is left in it until its time, or until
/// such make up most of it.
struct ExpiryQueue {
    private struct Entry: Comparable {
        let time: Timestamp
        let record: Record

        static func < (one: Entry, other: Entry) -> Bool { one.time < other.time }
        static func == (one: Entry, other: Entry) -> Bool { one.time == other.time }
    }

    private var heap = Heap<Entry>()
    /// How many of the entries are about leaves as they are now.
    private var liveCount = 0

    /// A leaf was written or deleted.
    ///
    /// - Parameter isCurrent: whether a record is what its leaf is now.
    mutating func replace(_ previous: Record?, by record: Record, isCurrent: (Record) -> Bool) {
        if previous?.expiresAt != nil { liveCount -= 1 }
        if let time = record.expiresAt {
            heap.insert(Entry(time: time, record: record))
            liveCount += 1
        }
        guard heap.count > 2 * liveCount + 1024 else { return }
        heap = Heap(heap.unordered.filter { isCurrent($0.record) })
    }

    /// The leaves whose time is up, the soonest first.
    mutating func expired(by time: Timestamp, limit: Int, isCurrent: (Record) -> Bool) -> [Record] {
        var found: [Entry] = []
        while found.count < limit, let first = heap.min, first.time <= time {
            heap.removeMin()
            if isCurrent(first.record) { found.append(first) }
        }
        // They stay until they are deleted.
        heap.insert(contentsOf: found)
        return found.map(\.record)
    }
}
