import MicroJSON
import NestKVStorage

/// One leaf that a write sets or deletes. A write becomes a list of edits, computed without I/O.
public struct Edit: Sendable {
    /// The leaf.
    public let key: Key
    /// Its new value; nil deletes it.
    public let value: JSONText?
    /// The live leaf that the edit replaces.
    public let replacing: Record?

    static func set(_ key: Key, _ value: JSONText, replacing: Record?) -> Edit {
        Edit(key: key, value: value, replacing: replacing)
    }

    static func delete(_ record: Record) -> Edit {
        Edit(key: record.key, value: nil, replacing: record)
    }
}
