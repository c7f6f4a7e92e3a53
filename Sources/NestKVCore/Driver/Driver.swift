/// What a store must be able to do: the one port to it. A driver is a folder in `Sources/Drivers` and a line in
/// `Drivers.swift`; `Tests/DriverConformance` holds the promises that every driver runs.
///
/// A driver stores *leaves*, at keys that a path can name (``KeyLimits/permits(_:)``): what other programs stored
/// elsewhere in a shared store is left alone. It knows nothing of composition, conditions or HTTP. It throws its own
/// errors, classified as ``DriverError``.
public protocol Driver: Sendable {
    /// What this store can do and guarantees.
    var capabilities: DriverCapabilities { get }

    /// Everything known about one path, read at one revision, in one round trip.
    ///
    /// - Parameters:
    ///   - key: the path; not the root.
    ///   - reach: how much besides the leaf itself.
    func node(_ key: Key, _ reach: Reach) async throws -> NodeRecords

    /// The leaves at and below a key in key order, from after `after` on; tombstones are not among them.
    func scan(_ key: Key, after: Key?, limit: Int) async throws -> Page

    /// The names one level below a key in byte order, from after `after` on. Costs by the names given, not by what
    /// stands below them. With ``Key/root``: the entry points.
    func names(below key: Key, after: [UInt8]?, limit: Int) async throws -> [[UInt8]]

    /// Checks the expectations and makes the changes, all or nothing, and returns when they are as durable as the
    /// store promises. Changes get consecutive revisions in the order of `changes` and stand in the feed.
    ///
    /// - Throws: ``DriverError`` `.conflict` when an expectation doesn't hold: nothing was changed, read again.
    func commit(_ transaction: Transaction) async throws -> Receipt

    /// The retained records of one leaf, newest first: the current one (or the tombstone), then older ones.
    func revisions(of key: Key, limit: Int) async throws -> [Record]

    /// One retained version of a leaf; nil when it is not retained or never was.
    func version(_ version: UInt64, of key: Key) async throws -> Record?

    /// The leaves whose ``Record/expiresAt`` is not after a time, the soonest first, at most `limit`.
    func expired(by time: Timestamp, limit: Int) async throws -> [Record]

    /// The retained changes of a feed after a revision, oldest first, at most `limit`. Empty when there are none yet.
    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws -> ChangePage

    /// Returns when a feed's revision is greater than `revision`, or the waiting task is cancelled.
    func waitForChange(in feed: Feed, after revision: Revision) async throws

    /// Makes an entry point, where that is something by itself, as its settings say.
    ///
    /// - Throws: ``DriverError`` `.unsupported` when it is there in another way, or can't be so.
    func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws

    /// Takes an emptied entry point away, where that is something by itself, with all that was kept of it.
    func remove(_ entryPoint: [UInt8]) async throws

    /// Makes a backup of the whole store at one revision, while it is read and written.
    ///
    /// - Parameters:
    ///   - folder: where its earlier backups are, on this machine; made when it is missing.
    ///   - keeping: how many backups the folder has afterwards, at most; nil: all stay.
    /// - Throws: ``DriverError`` `.unsupported` where the store isn't in files of its own, `.busy` while one is made.
    func backUp(into folder: String, keeping: Int?) async throws -> Backup

    /// The backups in a folder, the oldest first.
    func backups(in folder: String) async throws -> [FoundBackup]

    /// The state of the store now. Cheap: asked by every readiness probe.
    func health() async -> DriverHealth

    /// Finishes what is in flight and closes the store. Nothing is called after it.
    func shutdown() async
}

extension Driver {
    /// An entry point is there with its first leaf.
    public func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws {}

    /// An entry point is gone with its last leaf.
    public func remove(_ entryPoint: [UInt8]) async throws {}

    /// The store's own tools make backups of its files.
    public func backUp(into folder: String, keeping: Int?) async throws -> Backup {
        throw DriverError.hasNoBackups(capabilities)
    }

    /// There are none.
    public func backups(in folder: String) async throws -> [FoundBackup] {
        throw DriverError.hasNoBackups(capabilities)
    }
}

/// How much of a path's surroundings ``Driver/node(_:_:)`` reads.
public struct Reach: Sendable {
    /// Whether the leaves at the path's ancestors are read, too.
    public var ancestors: Bool
    /// The most leaves below the path that are read; 0: none is looked for.
    public var leavesBelow: Int
    /// The most bytes of values below the path that are read.
    public var bytesBelow: Int
    /// What a driver keeps is welcome up to these many leaves and bytes; it costs nothing to read.
    public var kept = (leaves: 0, bytes: 0)
    /// Whether it will do what this process wrote last, though others may have written since: a commit finds out.
    public var mayBeOutdated = false

    /// The leaf at exactly the path, alone.
    public static let leaf = Reach(ancestors: false, leavesBelow: 0, bytesBelow: 0)

    /// The leaf and those above it: for ``NodeRecords/unchangedSince`` of the whole path.
    static let surroundings = Reach(ancestors: true, leavesBelow: 0, bytesBelow: 0)

    /// A reach from its parts.
    public init(ancestors: Bool, leavesBelow: Int, bytesBelow: Int) {
        self.ancestors = ancestors
        self.leavesBelow = leavesBelow
        self.bytesBelow = bytesBelow
    }
}

/// What stands at, above and below a path, all read at one revision.
public struct NodeRecords: Sendable {
    /// The leaf at exactly the path, its tombstone when it was deleted, or nil.
    public var latest: Record?
    /// The leaves at the path's ancestors, nearest first; empty when not asked for.
    public var ancestors: [Record]
    /// The leaves below the path in key order.
    public var below: [Record]
    /// Whether more stands below than was asked for.
    public var isTruncated: Bool
    /// The store's revision at which all of this was read.
    public var revision: Revision
    /// A revision, at most ``revision``, since which nothing at the path, below it or, when they were asked for, above
    /// it came, went or changed. A driver never gives a smaller one than before for the same path.
    public var unchangedSince: Revision
    /// Whether others may have written since (``Reach/mayBeOutdated``).
    public var mayBeOutdated = false
    /// The object that ``below`` comes from, when the driver keeps one. Another one when ``unchangedSince`` is another
    /// one; ``Subtree/empty`` is shared, and says that the leaf is the latest change.
    public var subtree: Subtree?

    /// The bytes of the values above the path.
    var ancestorBytes: Int { ancestors.isEmpty ? 0 : ancestors.reduce(0) { $0 + $1.value.utf8.count } }

    /// The leaf at exactly the path, when it is there.
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
    /// The changes, oldest first, whole commits only unless one commit alone is longer than the limit.
    public var changes: [Change]
    /// The oldest revision after which the feed is complete: a reader that has seen less must start from a snapshot.
    public var oldest: Revision
    /// The feed's latest durable revision.
    public var current: Revision
    /// Names the feed: letters and digits, a few. Another store has another, and so has one that was emptied and began
    /// anew: a revision of one feed says nothing in another. Empty: the feed isn't there yet, and goes on in the one
    /// that will be.
    public var identity: String

    /// A page from its parts.
    public init(changes: [Change], oldest: Revision, current: Revision, identity: String) {
        self.changes = changes
        self.oldest = oldest
        self.current = current
        self.identity = identity
    }
}
