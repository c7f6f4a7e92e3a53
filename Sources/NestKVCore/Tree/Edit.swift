import MicroJSON

/// One leaf that a write sets or deletes. What a write does to the tree is a list of these, computed without I/O.
public struct Edit: Sendable {
    /// The leaf.
    public let key: Key
    /// Its new value; nil deletes it.
    public let value: JSONText?
    /// The live leaf that stands there now.
    public let replacing: Record?

    static func set(_ key: Key, _ value: JSONText, replacing: Record?) -> Edit {
        Edit(key: key, value: value, replacing: replacing)
    }

    static func delete(_ record: Record) -> Edit {
        Edit(key: record.key, value: nil, replacing: record)
    }
}
