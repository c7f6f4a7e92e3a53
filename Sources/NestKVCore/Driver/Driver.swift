/// The interface to a kind of store. A driver is a folder in `Sources/Drivers` and a line in `Drivers.swift`;
/// `Tests/DriverConformance` contains the tests that every driver must pass.
///
/// A driver stores *leaves* at keys that a path can name (``KeyLimits/permits(_:)``). Data that other programs stored
/// at other keys of a shared store is left alone. A driver knows nothing of composition, conditions or HTTP. It throws
/// its own errors, classified as ``DriverError``.
public protocol Driver: Sendable {
    /// The abilities and guarantees of this store.
    var capabilities: DriverCapabilities { get }

    /// All records of one path, read at one revision and in one round trip.
    ///
    /// - Parameters:
    ///   - key: the path; not the root.
    ///   - reach: how much to read besides the leaf itself.
    func node(_ key: Key, _ reach: Reach) async throws -> NodeRecords

    /// The leaves at and below a key in key order, beginning after `after`, without tombstones.
    func scan(_ key: Key, after: Key?, limit: Int) async throws -> Page

    /// The names one level below a key in byte order, beginning after `after`. For ``Key/root`` these are the entry
    /// points. The cost depends on the names returned, not on the leaves below them.
    func names(below key: Key, after: [UInt8]?, limit: Int) async throws -> [[UInt8]]

    /// Checks the expectations and makes all changes or none. Returns when they are as durable as the store promises.
    /// Changes get consecutive revisions in the order of `changes` and are added to the feed.
    ///
    /// - Throws: ``DriverError`` `.conflict` if an expectation doesn't hold. Nothing was changed; the caller reads
    ///   again.
    func commit(_ transaction: Transaction) async throws -> Receipt

    /// The retained records of one leaf, newest first, beginning with the current one or the tombstone.
    func revisions(of key: Key, limit: Int) async throws -> [Record]

    /// One retained version of a leaf; nil if it is not retained or never existed.
    func version(_ version: UInt64, of key: Key) async throws -> Record?

    /// The leaves whose ``Record/expiresAt`` is not after a time, earliest first, at most `limit`.
    func expired(by time: Timestamp, limit: Int) async throws -> [Record]

    /// The retained changes of a feed after a revision, oldest first, at most `limit`; empty if the feed has no later
    /// changes.
    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws -> ChangePage

    /// Returns when a feed's revision is greater than `revision`, or the waiting task is cancelled.
    func waitForChange(in feed: Feed, after revision: Revision) async throws

    /// Creates an entry point with its settings, in stores in which an entry point is an object of its own.
    ///
    /// - Throws: ``DriverError`` `.unsupported` if it exists with other properties or can't have these settings.
    func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws

    /// Removes an emptied entry point and its history, in stores in which an entry point is an object of its own.
    func remove(_ entryPoint: [UInt8]) async throws

    /// Makes a backup of the whole store at one revision, while the store stays in use.
    ///
    /// - Parameters:
    ///   - folder: the folder on this machine that contains the earlier backups; created if it is missing.
    ///   - keeping: the most backups to keep in the folder; nil for all.
    /// - Throws: ``DriverError`` `.unsupported` if the store has no files of its own, `.busy` during another backup.
    func backUp(into folder: String, keeping: Int?) async throws -> Backup

    /// The backups in a folder, the oldest first.
    func backups(in folder: String) async throws -> [FoundBackup]

    /// The current state of the store. It must be cheap, because every readiness probe calls it.
    func health() async -> DriverHealth

    /// Finishes all running operations and closes the store. No other method is called after it.
    func shutdown() async
}

extension Driver {
    /// By default, an entry point exists from its first leaf on.
    public func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws {}

    /// By default, an entry point is gone with its last leaf.
    public func remove(_ entryPoint: [UInt8]) async throws {}

    /// By default, backups are not supported.
    public func backUp(into folder: String, keeping: Int?) async throws -> Backup {
        throw DriverError.hasNoBackups(capabilities)
    }

    /// By default, backups are not supported.
    public func backups(in folder: String) async throws -> [FoundBackup] {
        throw DriverError.hasNoBackups(capabilities)
    }
}

/// How much of a path's surroundings ``Driver/node(_:_:)`` reads.
public struct Reach: Sendable {
    /// Whether to read the leaves at the path's ancestors too.
    public var ancestors: Bool
    /// The most leaves below the path to read; 0 for no leaves below.
    public var leavesBelow: Int
    /// The most bytes of values below the path to read.
    public var bytesBelow: Int
    /// The limits up to which the caller accepts a subtree that the driver keeps in memory, which costs nothing to
    /// read.
    public var kept = (leaves: 0, bytes: 0)
    /// Whether the last state that this process wrote is sufficient, though others may have written since. The commit
    /// detects that.
    public var mayBeOutdated = false

    /// Only the leaf at exactly the path.
    public static let leaf = Reach(ancestors: false, leavesBelow: 0, bytesBelow: 0)

    /// The leaf and those above it, for ``NodeRecords/unchangedSince`` of the whole path.
    static let surroundings = Reach(ancestors: true, leavesBelow: 0, bytesBelow: 0)

    /// A reach from its parts.
    public init(ancestors: Bool, leavesBelow: Int, bytesBelow: Int) {
        self.ancestors = ancestors
        self.leavesBelow = leavesBelow
        self.bytesBelow = bytesBelow
    }
}

/// The records at, above and below a path, all read at one revision.
public struct NodeRecords: Sendable {
    /// The leaf at exactly the path, or its tombstone; nil if there is no record.
    public var latest: Record?
    /// The leaves at the path's ancestors, nearest first; empty if not requested.
    public var ancestors: [Record]
    /// The leaves below the path in key order.
    public var below: [Record]
    /// Whether there are more leaves below than were requested.
    public var isTruncated: Bool
    /// The store's revision at which the records were read.
    public var revision: Revision
    /// A revision, at most ``revision``, after which no leaf at or below the path was created, changed or deleted; if
    /// ancestors were requested, also no leaf above it. For the same path, a driver never returns a smaller one than
    /// before.
    public var unchangedSince: Revision
    /// Whether others may have written since (``Reach/mayBeOutdated``).
    public var mayBeOutdated = false
    /// The driver's object with the leaves of ``below``, if it keeps one. It is a different object if
    /// ``unchangedSince`` is different, except for the shared ``Subtree/empty``, which means that the leaf is the
    /// latest change.
    public var subtree: Subtree?

    /// The bytes of the values above the path.
    var ancestorBytes: Int { ancestors.isEmpty ? 0 : ancestors.reduce(0) { $0 + $1.value.utf8.count } }

    /// The leaf at exactly the path, if it exists.
    public var leaf: Record? { latest.flatMap { $0.isDeleted ? nil : $0 } }

    /// Records from their parts.
    public init(latest: Record?, ancestors: [Record], below: [Record], isTruncated: Bool, revision: Revision) {
        self.latest = latest
        self.ancestors = ancestors
        self.below = below
        self.isTruncated = isTruncated
        self.revision = revision
        unchangedSince = revision
    }

    /// Records with a subtree that the driver keeps.
    public init(latest: Record?, ancestors: [Record], subtree: Subtree, revision: Revision) {
        self.init(latest: latest, ancestors: ancestors, below: subtree.leaves, isTruncated: false, revision: revision)
        self.subtree = subtree
    }
}

/// A page of leaves in key order.
public struct Page: Sendable {
    /// The leaves.
    public var records: [Record]
    /// Whether more follow after the last of ``records``.
    public var hasMore: Bool

    /// A page from its parts.
    public init(records: [Record], hasMore: Bool) {
        self.records = records
        self.hasMore = hasMore
    }
}

/// A page of the change feed.
public struct ChangePage: Sendable {
    /// The changes, oldest first. A commit is split between pages only if it alone exceeds the limit.
    public var changes: [Change]
    /// The oldest revision after which the feed is complete. A reader at an earlier revision must start from a
    /// snapshot.
    public var oldest: Revision
    /// The feed's latest durable revision.
    public var current: Revision
    /// Identifies the feed by a few letters and digits. A different store has a different identity, and so has a store
    /// that was emptied and started again; a revision of one feed means nothing in another. It is empty if the feed
    /// doesn't exist yet; such a position is valid in the feed that will be created.
    public var identity: String

    /// A page from its parts.
    public init(changes: [Change], oldest: Revision, current: Revision, identity: String) {
        self.changes = changes
        self.oldest = oldest
        self.current = current
        self.identity = identity
    }
}
