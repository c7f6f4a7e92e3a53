import NestKVCore

/// What a Redis key and its row say together.
enum Found: Sendable {
    /// Nothing is there and nothing was.
    case nothing
    /// A leaf, or the tombstone of one.
    case record(Record)
    /// Text that is known not to be JSON; nil or what was deleted before it came.
    case unreadable(tombstone: Record?)
    /// Another program changed the key: what stands there now has no version yet.
    case stray(Stray)

    /// Reads a value and a row, as a script gave them.
    init(_ key: Key, value: Reply?, row: Reply?) throws {
        let text = value?.bytes
        guard let bytes = row?.bytes else {
            self = text.map { .stray(Stray(key: key, text: Array($0))) } ?? .nothing
            return
        }
        guard let row = RecordRow(bytes) else { throw MalformedReply(what: "the row of \(key)") }
        guard row.describes(text) else {
            self = .stray(Stray(key: key, text: text.map(Array.init)))
            return
        }
        guard row.version > 0 else {
            self = text == nil ? .nothing : .unreadable(tombstone: nil)
            return
        }
        guard let record = row.record(key, text) else { throw MalformedReply(what: "the row or value of \(key)") }
        self = row.isDeleted && text != nil ? .unreadable(tombstone: record) : .record(record)
    }

    /// The record, when there is one.
    var record: Record? {
        switch self {
        case .record(let record): record
        case .unreadable(let tombstone): tombstone
        case .nothing, .stray: nil
        }
    }

    /// The leaf, when there is one.
    var leaf: Record? { record.flatMap { $0.isDeleted ? nil : $0 } }
}

/// A key as another program left it.
struct Stray: Sendable {
    /// The key.
    let key: Key
    /// The text that stands there; nil: no string.
    let text: [UInt8]?
}
