import NestKVStorage

/// The content of a Redis key and its row together.
enum KeyContent: Sendable {
    /// The key doesn't exist and never did.
    case nothing
    /// A leaf, or the tombstone of one.
    case record(Record)
    /// A text that is known not to be JSON; with the tombstone of a leaf that was deleted before it came.
    case unreadable(tombstone: Record?)
    /// Another program changed the key: its present value has no version yet.
    case foreign(ForeignChange)

    /// Reads a value and a row, as a script returned them.
    init(_ key: Key, value: Reply?, row: Reply?) throws(MalformedReply) {
        let text = value?.bytes
        guard let bytes = row?.bytes else {
            self = text.map { .foreign(ForeignChange(key: key, text: Array($0))) } ?? .nothing
            return
        }
        guard let row = MetadataRow(bytes) else { throw MalformedReply(what: "the row of \(key)") }
        guard row.describes(text) else {
            self = .foreign(ForeignChange(key: key, text: text.map(Array.init)))
            return
        }
        guard row.version > 0 else {
            self = text == nil ? .nothing : .unreadable(tombstone: nil)
            return
        }
        guard let record = row.record(key, text) else { throw MalformedReply(what: "the row or value of \(key)") }
        self = row.isDeleted && text != nil ? .unreadable(tombstone: record) : .record(record)
    }

    /// The record, if there is one.
    var record: Record? {
        switch self {
        case .record(let record): record
        case .unreadable(let tombstone): tombstone
        case .nothing, .foreign: nil
        }
    }

    /// The leaf, if there is one.
    var leaf: Record? { record.flatMap { $0.isDeleted ? nil : $0 } }
}

/// A key as another program left it.
struct ForeignChange: Sendable {
    /// The key.
    let key: Key
    /// Its present text; nil: it doesn't hold a string.
    let text: [UInt8]?
}
