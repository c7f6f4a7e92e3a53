import HeapModule
import NestKVStorage

/// The leaves that will expire, the soonest first. The entry of a leaf that was changed since stays until its time, or
/// until such entries are the majority.
struct ExpiryQueue {
    private struct Entry: Comparable {
        let time: Timestamp
        let record: Record

        static func < (one: Entry, other: Entry) -> Bool { one.time < other.time }
        static func == (one: Entry, other: Entry) -> Bool { one.time == other.time }
    }

    private var heap = Heap<Entry>()
    /// The number of entries that describe the current record of a leaf.
    private var liveCount = 0

    /// A leaf was written or deleted.
    ///
    /// - Parameter isCurrent: whether a record is the current one of its leaf.
    mutating func replace(_ previous: Record?, by record: Record, isCurrent: (Record) -> Bool) {
        if previous?.expiresAt != nil { liveCount -= 1 }
        if let time = record.expiresAt {
            heap.insert(Entry(time: time, record: record))
            liveCount += 1
        }
        guard heap.count > 2 * liveCount + 1024 else { return }
        heap = Heap(heap.unordered.filter { isCurrent($0.record) })
    }

    /// The expired leaves, the soonest first.
    mutating func expired(by time: Timestamp, limit: Int, isCurrent: (Record) -> Bool) -> [Record] {
        var found: [Entry] = []
        while found.count < limit, let first = heap.min, first.time <= time {
            heap.removeMin()
            if isCurrent(first.record) { found.append(first) }
        }
        // The entries stay until their leaves are deleted.
        heap.insert(contentsOf: found)
        return found.map(\.record)
    }
}
