import NestKVStorage

/// An entry of the feed: the key, a note (`operation commit time row`) and the value.
enum ChangeEntry {
    /// Reads the change of an entry.
    static func change(_ entry: Reply) throws(MalformedReply) -> Change {
        guard let name = entry[0]?.bytes, let note = entry[1]?.bytes, let value = entry[2]?.bytes else {
            throw MalformedReply(what: "an entry of the feed")
        }
        let key = Key(bytes: Array(name))
        let words = note.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4, let operation = number(words[0]).flatMap({ Change.Operation(rawValue: UInt8($0)) }),
            let commit = number(words[1]), let row = MetadataRow(UnsafeBufferPointer(rebasing: words[3])),
            let record = row.record(key, value)
        else { throw MalformedReply(what: "the entry of \(key) in the feed") }
        return Change(operation: operation, record: record, commitRevision: commit)
    }

    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        UInt64(String(decoding: digits, as: UTF8.self))
    }

    /// Reads an older record: its row, a line feed and its value. Nil if the value was lost: another program overwrote
    /// it when the feed no longer had it.
    static func older(_ entry: Reply, _ key: Key) throws(MalformedReply) -> Record? {
        guard let bytes = entry.bytes else { throw MalformedReply(what: "the history of \(key)") }
        let end = bytes.firstIndex(of: 10)
        guard let row = MetadataRow(UnsafeBufferPointer(rebasing: bytes[..<(end ?? bytes.endIndex)])) else {
            throw MalformedReply(what: "the history of \(key)")
        }
        guard let end else { return nil }
        return row.record(key, UnsafeBufferPointer(rebasing: bytes[(end + 1)...]))
    }
}
