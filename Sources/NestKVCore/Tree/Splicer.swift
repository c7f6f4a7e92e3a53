import MicroJSON
import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

/// Rebuilds nested JSON from leaves in key order, none of which is below another. It copies names and stored texts in
/// one pass and parses nothing.
struct Splicer {
    private(set) var writer: JSONWriter
    /// The ends of the open objects' keys, outermost first.
    private var open: [Int]

    /// A splicer of leaves below a key of `prefix` bytes.
    init(prefix: Int, capacity: Int) {
        writer = JSONWriter(reserving: capacity)
        open = [prefix]
    }

    /// The composed text; nil if a leaf is below another one, so that their values must be merged.
    mutating func splice(_ records: [Record]) -> JSONText? {
        writer.beginObject()
        let isComplete = records.withUnretained { records in
            for index in records.indices {
                let isAdded = records[index]._withUnsafeGuaranteedRef { record in
                    guard index > 0 else {
                        add(record)
                        return true
                    }
                    return records[index - 1]._withUnsafeGuaranteedRef { previous in
                        guard !previous.key.isAncestor(of: record.key) else { return false }
                        close(after: previous.key, for: record.key)
                        add(record)
                        return true
                    }
                }
                guard isAdded else { return false }
            }
            return true
        }
        guard isComplete else { return nil }
        for _ in open { writer.endObject() }
        return writer.text
    }

    /// Ends the objects that the next leaf isn't in.
    private mutating func close(after previous: Key, for next: Key) {
        while open.count > 1, !previous.sharesPrefix(of: open[open.count - 1], with: next) {
            open.removeLast()
            writer.endObject()
        }
    }

    private mutating func add(_ record: Record) {
        record.key.bytes.withUnsafeBufferPointer { bytes in
            var start = open[open.count - 1]
            while let end = bytes[start...].firstIndex(of: 0) {
                writer.name(utf8: UnsafeBufferPointer(rebasing: bytes[start..<end]))
                start = end + 1
                guard start < bytes.count else { break }
                writer.beginObject()
                open.append(start)
            }
        }
        record.value.utf8.withUnsafeBufferPointer { writer.raw($0) }
    }
}

extension Key {
    /// Whether both keys begin with the same `count` bytes.
    fileprivate func sharesPrefix(of count: Int, with other: Key) -> Bool {
        guard bytes.count >= count, other.bytes.count >= count else { return false }
        return bytes.withUnsafeBytes { bytes in
            other.bytes.withUnsafeBytes { memcmp(bytes.baseAddress!, $0.baseAddress!, count) == 0 }
        }
    }
}
