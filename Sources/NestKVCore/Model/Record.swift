import MicroJSON

/// A store's own count of changes: it rises by one with every leaf set or deleted. Zero before the first.
public typealias Revision = UInt64

/// One revision of one leaf as it is stored: its value and what is known about it. Immutable.
///
/// A deletion is a record too (``isDeleted``, the tombstone): it keeps the leaf's version rising over re-creation.
public final class Record: Sendable {
    /// The leaf's key.
    public let key: Key
    /// The JSON text as it was written, insignificant white space removed; `null` for a tombstone.
    public let value: JSONText
    /// 1, 2, 3, … over all changes of this leaf, deletions included; never smaller.
    public let version: UInt64
    /// The store's revision of this change.
    public let revision: Revision
    /// When the leaf came into being (again, after a deletion).
    public let createdAt: Timestamp
    /// When this change was made.
    public let updatedAt: Timestamp
    /// When the leaf stops being there; nil: never.
    public let expiresAt: Timestamp?
    /// Hash over the canonical form of the value.
    public let dataHash: DataHash
    /// Who, why and how labelled.
    public let attribution: Attribution
    /// Whether this change deleted the leaf.
    public let isDeleted: Bool

    /// Whether it did so because the leaf's time was up.
    public let isExpiry: Bool

    /// Whether the leaf's time is up.
    public func isExpired(at time: Timestamp) -> Bool {
        guard let expiresAt else { return false }
        return expiresAt <= time && !isDeleted
    }

    /// What an adapter made from this record once and keeps with it, as a ready response. Never stored.
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

/// A leaf's change before the store numbered it. Drivers number it with ``stamped(after:revision:)``, all alike.
public struct Draft: Sendable {
    /// The leaf's key.
    public let key: Key
    /// The new value; nil deletes the leaf.
    public let value: JSONText?
    /// Hash over the canonical form of the value, of `null` for a deletion.
    public let dataHash: DataHash
    /// When the change was made.
    public private(set) var time: Timestamp
    /// When the leaf will stop being there; nil: never.
    public let expiresAt: Timestamp?
    /// Who, why and how labelled.
    public let attribution: Attribution
    /// Whether it is a deletion because the leaf's time was up.
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
    ///   - previous: the leaf's latest record, its tombstone included; nil when nothing is known of the key.
    ///   - revision: the store's revision of this change.
    public func stamped(after previous: Record?, revision: Revision) -> Record {
        let time = notBefore(previous).time
        let born = previous.flatMap { $0.isDeleted ? nil : $0.createdAt } ?? time
        return Record(
            key: key, value: value ?? .null, version: (previous?.version ?? 0) + 1, revision: revision,
            createdAt: born, updatedAt: time, expiresAt: expiresAt, dataHash: dataHash, attribution: attribution,
            isDeleted: value == nil, isExpiry: isExpiry)
    }

    /// This draft, made at the time of another change of the leaf when that is later: the wall clock of one process may
    /// be set back, or be behind that of another one, and a leaf's times never go back.
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
