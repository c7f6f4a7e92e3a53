import MicroJSON

/// A store's count of changes. It rises by one with every leaf set or deleted, and is 0 before the first change.
public typealias Revision = UInt64

/// One stored revision of a leaf: its value and metadata. Immutable.
///
/// A deletion is a record too, the tombstone (``isDeleted``). It lets the leaf's version rise when the leaf is created
/// again.
public final class Record: Sendable {
    /// The leaf's key.
    public let key: Key
    /// The JSON text as it was written, without insignificant white space; `null` for a tombstone.
    public let value: JSONText
    /// 1, 2, 3, … over all changes of this leaf, deletions included; it never decreases.
    public let version: UInt64
    /// The store's revision of this change.
    public let revision: Revision
    /// When the leaf was created; after a deletion, when it was created again.
    public let createdAt: Timestamp
    /// When this change was made.
    public let updatedAt: Timestamp
    /// When the leaf expires; nil for never.
    public let expiresAt: Timestamp?
    /// The hash over the canonical form of the value.
    public let dataHash: DataHash
    /// The author, comment, tags and schema.
    public let attribution: Attribution
    /// Whether this change deleted the leaf.
    public let isDeleted: Bool

    /// Whether the deletion was an expiry.
    public let isExpiry: Bool

    /// Whether the leaf is expired at a time.
    public func isExpired(at time: Timestamp) -> Bool {
        guard let expiresAt else { return false }
        return expiresAt <= time && !isDeleted
    }

    /// An object that an adapter made from this record and keeps with it, such as a ready response. Never stored.
    public let rendering = Rendering()

    /// A record from all its parts, as a driver reads it.
    public init(
        key: Key, value: JSONText, version: UInt64, revision: Revision, createdAt: Timestamp, updatedAt: Timestamp,
        expiresAt: Timestamp?, dataHash: DataHash, attribution: Attribution, isDeleted: Bool, isExpiry: Bool = false
    ) {
        self.key = key
        self.value = value
        self.version = version
        self.revision = revision
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
        self.dataHash = dataHash
        self.attribution = attribution
        self.isDeleted = isDeleted
        self.isExpiry = isExpiry
    }
}

/// A leaf's change before it has a version and revision. All drivers assign them with ``stamped(after:revision:)``.
public struct Draft: Sendable {
    /// The leaf's key.
    public let key: Key
    /// The new value; nil deletes the leaf.
    public let value: JSONText?
    /// The hash over the canonical form of the value; for a deletion, that of `null`.
    public let dataHash: DataHash
    /// When the change was made.
    public private(set) var time: Timestamp
    /// When the leaf will expire; nil for never.
    public let expiresAt: Timestamp?
    /// The author, comment, tags and schema.
    public let attribution: Attribution
    /// Whether it is a deletion by expiry.
    public private(set) var isExpiry = false

    /// A draft from its parts.
    public init(
        key: Key, value: JSONText?, dataHash: DataHash, time: Timestamp, expiresAt: Timestamp? = nil,
        attribution: Attribution = .none
    ) {
        self.key = key
        self.value = value
        self.dataHash = dataHash
        self.time = time
        self.expiresAt = expiresAt
        self.attribution = attribution
    }

    /// The record that this draft becomes.
    ///
    /// - Parameters:
    ///   - previous: the leaf's latest record, which may be a tombstone; nil if the key has no record.
    ///   - revision: the store's revision of this change.
    public func stamped(after previous: Record?, revision: Revision) -> Record {
        let time = notBefore(previous).time
        let born = previous.flatMap { $0.isDeleted ? nil : $0.createdAt } ?? time
        return Record(
            key: key, value: value ?? .null, version: (previous?.version ?? 0) + 1, revision: revision,
            createdAt: born, updatedAt: time, expiresAt: expiresAt, dataHash: dataHash, attribution: attribution,
            isDeleted: value == nil, isExpiry: isExpiry)
    }

    /// This draft with a time that is not before the previous change. The wall clock of a process may be set back or be
    /// behind that of another process, but a leaf's times must never decrease.
    func notBefore(_ previous: Record?) -> Draft {
        guard let previous, previous.updatedAt > time else { return self }
        var draft = self
        draft.time = previous.updatedAt
        return draft
    }

    /// This deletion as an expiry.
    var expiring: Draft {
        var draft = self
        draft.isExpiry = true
        return draft
    }
}
