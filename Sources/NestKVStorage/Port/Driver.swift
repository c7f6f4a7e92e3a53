/// The interface to a kind of store. A driver is a folder in `Sources/Drivers` and a line in `Drivers.swift`;
/// `Tests/DriverConformance` contains the tests that every driver must pass.
///
/// A driver stores *leaves* at keys that a path can name (``KeyLimits/permits(_:)``). Data that other programs stored
/// at other keys of a shared store is left alone. A driver knows nothing of composition, conditions or HTTP. It
/// classifies all of its errors as ``DriverError``.
///
/// If the calling task is cancelled, only ``waitForChange(in:after:)`` ends early, and it doesn't throw. Other calls go
/// on to their end: the task is told whether its commit was made.
public protocol Driver: Sendable {
    /// The abilities and guarantees of this store.
    var capabilities: DriverCapabilities { get }

    /// All records of one path, read at one revision and in one round trip.
    ///
    /// - Parameters:
    ///   - key: the path; not the root.
    ///   - reach: how much to read besides the leaf itself.
    func node(_ key: Key, _ reach: Reach) async throws(DriverError) -> NodeRecords

    /// The records of ``node(_:_:)``, if they can be read without waiting for another thread or machine; otherwise nil.
    func nodeAtOnce(_ key: Key, _ reach: Reach) throws(DriverError) -> NodeRecords?

    /// Tells whether a path is unchanged since this call: no leaf at, above or below it was created, changed or
    /// deleted.
    ///
    /// It says that a path has changed before the change is visible to a read or acknowledged. It may also say so
    /// without a change. Nil if the driver can't tell without waiting.
    func unchanged(_ key: Key) -> Unchanged?

    /// The leaves at and below a key in key order, beginning after `after`, without tombstones.
    func scan(_ key: Key, after: Key?, limit: Int) async throws(DriverError) -> Page

    /// The names one level below a key in byte order, beginning after `after`. For ``Key/root`` these are the entry
    /// points. The cost depends on the names returned, not on the leaves below them.
    func names(below key: Key, after: [UInt8]?, limit: Int) async throws(DriverError) -> [[UInt8]]

    /// Checks the expectations and makes all changes or none. Returns when they are as durable as the store promises.
    /// Changes get consecutive revisions in the order of `changes` and are added to the feed.
    ///
    /// - Throws: ``DriverError`` `.conflict` if an expectation doesn't hold. Nothing was changed; the caller reads
    ///   again.
    func commit(_ transaction: Transaction) async throws(DriverError) -> Receipt

    /// Makes a commit like ``commit(_:)``, if it need not wait for another thread or machine. Otherwise returns nil,
    /// and nothing was changed.
    func commitAtOnce(_ transaction: Transaction) throws(DriverError) -> Receipt?

    /// Whether ``commitAtOnce(_:)`` makes most commits.
    var commitsAtOnce: Bool { get }

    /// The retained records of one leaf, newest first, beginning with the current one or the tombstone.
    func revisions(of key: Key, limit: Int) async throws(DriverError) -> [Record]

    /// One retained version of a leaf; nil if it is not retained or never existed.
    func version(_ version: UInt64, of key: Key) async throws(DriverError) -> Record?

    /// The leaves whose ``Record/expiresAt`` is not after a time, earliest first, at most `limit`.
    func expired(by time: Timestamp, limit: Int) async throws(DriverError) -> [Record]

    /// The retained changes of a feed after a revision, oldest first, at most `limit`; empty if the feed has no later
    /// changes.
    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws(DriverError) -> ChangePage

    /// Returns when a feed's revision is greater than `revision`, or the waiting task is cancelled.
    func waitForChange(in feed: Feed, after revision: Revision) async throws(DriverError)

    /// Creates an entry point with its settings, in stores in which an entry point is an object of its own.
    ///
    /// - Throws: ``DriverError`` `.unsupported` if it exists with other properties or can't have these settings.
    func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws(DriverError)

    /// Removes an emptied entry point and its history, in stores in which an entry point is an object of its own.
    func remove(_ entryPoint: [UInt8]) async throws(DriverError)

    /// Makes a backup of the whole store at one revision, while the store stays in use.
    ///
    /// - Parameters:
    ///   - folder: the folder on this machine that contains the earlier backups; created if it is missing.
    ///   - keeping: the most backups to keep in the folder; nil for all.
    /// - Throws: ``DriverError`` `.unsupported` if the store has no files of its own, `.busy` during another backup.
    func backUp(into folder: String, keeping: Int?) async throws(DriverError) -> Backup

    /// The backups in a folder, the oldest first.
    func backups(in folder: String) async throws(DriverError) -> [FoundBackup]

    /// The current state of the store. It must be cheap, because every readiness probe calls it.
    func health() async -> DriverHealth

    /// Finishes all running operations and closes the store. No other method is called after it.
    func shutdown() async
}

extension Driver {
    /// By default, every read may wait.
    public func nodeAtOnce(_ key: Key, _ reach: Reach) throws(DriverError) -> NodeRecords? { nil }

    /// By default, every commit may wait.
    public func commitAtOnce(_ transaction: Transaction) throws(DriverError) -> Receipt? { nil }

    /// By default, every commit may wait.
    public var commitsAtOnce: Bool { false }

    /// By default, no driver can tell without reading.
    public func unchanged(_ key: Key) -> Unchanged? { nil }

    /// By default, an entry point exists from its first leaf on.
    public func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws(DriverError) {}

    /// By default, an entry point is gone with its last leaf.
    public func remove(_ entryPoint: [UInt8]) async throws(DriverError) {}

    /// By default, backups are not supported.
    public func backUp(into folder: String, keeping: Int?) async throws(DriverError) -> Backup {
        throw DriverError.hasNoBackups(capabilities)
    }

    /// By default, backups are not supported.
    public func backups(in folder: String) async throws(DriverError) -> [FoundBackup] {
        throw DriverError.hasNoBackups(capabilities)
    }
}
