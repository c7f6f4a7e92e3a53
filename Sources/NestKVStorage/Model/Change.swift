/// One row of a store's change feed: a leaf was set, deleted or expired.
public struct Change: Sendable {
    /// What happened to a leaf.
    public enum Operation: UInt8, Sendable {
        /// The leaf was created or replaced.
        case set = 0
        /// The leaf was deleted.
        case delete = 1
        /// The leaf expired.
        case expire = 2
    }

    /// What happened.
    public let operation: Operation
    /// The written record; for a deletion the tombstone.
    public let record: Record
    /// The last revision of the change's commit. All changes of a commit arrive together.
    public let commitRevision: Revision

    /// The store's revision of this change.
    public var revision: Revision { record.revision }

    /// A change from its parts.
    public init(operation: Operation, record: Record, commitRevision: Revision) {
        self.operation = operation
        self.record = record
        self.commitRevision = commitRevision
    }
}

/// A sequence of changes with its own revisions.
public struct Feed: Hashable, Sendable {
    /// The entry point of the changes; nil for the whole store.
    public let entryPoint: [UInt8]?

    /// The changes of the whole store: the one feed of a store with ``RevisionScope/store``.
    public static let store = Feed(entryPoint: nil)

    /// The changes of one entry point, in a store with ``RevisionScope/entryPoint``.
    public init(entryPoint: [UInt8]?) {
        self.entryPoint = entryPoint
    }

    /// The feed that contains the changes of a path.
    public init(of key: Key, _ scope: RevisionScope) {
        self.init(entryPoint: scope == .store ? nil : key.segments.first.map(Array.init))
    }
}

/// The changes that a store's revisions count.
public enum RevisionScope: String, Sendable {
    /// All changes of the store together.
    case store
    /// The changes of each entry point separately, as in NATS buckets.
    case entryPoint
}

/// How much of the change feed a store keeps. Changes beyond any of the bounds are dropped, oldest first.
public struct FeedRetention: Hashable, Sendable {
    /// The most changes to keep; `.max` for no limit.
    public var count: Int
    /// The most bytes of values and keys to keep; `.max` for no limit.
    public var bytes: Int
    /// The longest time a change is kept.
    public var age: Duration

    /// 100,000 changes, 64 MiB, 7 days.
    public static let standard = FeedRetention(count: 100_000, bytes: 64 << 20, age: .seconds(7 * 86_400))

    /// No limits; the store decides.
    public static let unbounded = FeedRetention(count: .max, bytes: .max, age: .seconds(Int64.max))

    /// A retention from its bounds.
    public init(count: Int, bytes: Int, age: Duration) {
        self.count = count
        self.bytes = bytes
        self.age = age
    }
}
