/// The chunks that one sender must still send. Each is stored once, however many of its streams wait to send it.
///
/// It has its own reference counts, because atomic counts for each chunk and stream took a third of the time of a
/// burst. In addition, a stream's queue needs only four bytes for each chunk.
struct ChunkTable {
    typealias Index = UInt32

    private struct Entry {
        var chunk: StreamChunk?
        var framed: UnsafeRawBufferPointer
        var payload: UnsafeRawBufferPointer
        var users: Int32
    }

    private var entries: [Entry] = []
    private var free: [Index] = []

    /// Adds a chunk with one user, which must later `drop` it.
    mutating func put(_ chunk: StreamChunk) -> Index {
        let entry = Entry(
            chunk: chunk, framed: chunk.bytes(framed: true), payload: chunk.bytes(framed: false), users: 1)
        if let index = free.popLast() {
            entries[Int(index)] = entry
            return index
        }
        entries.append(entry)
        return Index(entries.count - 1)
    }

    mutating func use(_ index: Index) { entries[Int(index)].users += 1 }

    mutating func drop(_ index: Index) {
        entries[Int(index)].users -= 1
        guard entries[Int(index)].users == 0 else { return }
        entries[Int(index)].chunk = nil
        free.append(index)
        // After a burst, when no chunk is in use.
        if free.count == entries.count, entries.count > 1024 { (entries, free) = ([], []) }
    }

    /// The bytes of a chunk on the wire.
    func bytes(_ index: Index, framed: Bool) -> UnsafeRawBufferPointer {
        framed ? entries[Int(index)].framed : entries[Int(index)].payload
    }

    func payloadCount(_ index: Index) -> Int { entries[Int(index)].payload.count }

    /// The number of chunks in use.
    var count: Int { entries.count - free.count }
}
