import MicroJSON

/// A versioned JSON tree: what the HTTP interface speaks to. ``KeyValueStore`` is one over a ``Driver``; decorators
/// wrap one and add a concern (see ``StoreDecorator``).
public protocol Store: Sendable {
    /// What the store below can do and guarantees.
    var capabilities: DriverCapabilities { get }
    /// The limits on what is stored.
    var limits: StoreLimits { get }

    /// What stands at a path. A path where nothing stands is a node that doesn't exist, not an error.
    ///
    /// - Throws: ``StoreError`` `.subtreeTooLarge` when a read of it would exceed the limits.
    func get(_ key: Key, _ view: View) async throws(StoreError) -> Node

    /// The ``Node/revision`` of a whole path, without reading all of it.
    func unchangedSince(_ key: Key) async throws(StoreError) -> Revision

    /// The retained records of the leaf at exactly the path, newest first, its deletions included.
    func history(_ key: Key, limit: Int) async throws(StoreError) -> [Record]

    /// One version of the leaf at exactly the path; nil when it is not retained any more or never was.
    func version(_ version: UInt64, of key: Key) async throws(StoreError) -> Record?

    /// Carries out writes in order, each seeing those before it, all in one commit or none of them.
    ///
    /// - Parameter conditions: what must be true besides each write's own precondition.
    /// - Throws: ``StoreError``; with ``StoreError/writeIndex`` when it is about one of several writes.
    func write(_ requests: [WriteRequest], if conditions: [Condition]) async throws(StoreError) -> [WriteResult]

    /// Deletes leaves whose time is up, some at a time.
    ///
    /// - Returns: how many there were.
    func expireLeaves() async throws(StoreError) -> Int

    /// The retained changes of a feed after a revision, oldest first, at most `limit`; empty when there are none yet.
    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws(StoreError) -> ChangePage

    /// Returns when a feed's revision is greater than `revision`, or the waiting task is cancelled.
    func waitForChange(in feed: Feed, after revision: Revision) async throws(StoreError)

    /// The leaves at and below a path in key order, from after `after` on, without those whose time is up; but a page's
    /// last one stays, for whoever goes on after it. ``LeafWalk`` goes from page to page.
    func scan(_ key: Key, after: Key?, limit: Int) async throws(StoreError) -> Page

    /// The names one level below a path in byte order, from after `after` on. With ``Key/root``: the entry points,
    /// without the service's own, whose names begin with `_`.
    func names(below key: Key, after: [UInt8]?, limit: Int) async throws(StoreError) -> [[UInt8]]

    /// Makes an entry point, where that is something by itself, as its settings say.
    func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws(StoreError)

    /// Takes an emptied entry point away, where that is something by itself, with all that was kept of it.
    func remove(_ entryPoint: [UInt8]) async throws(StoreError)

    /// Makes a backup of the whole store at one revision, while it is read and written:
    /// ``Driver/backUp(into:keeping:)``.
    func backUp(into folder: String, keeping: Int?) async throws(StoreError) -> Backup

    /// The backups in a folder, the oldest first.
    func backups(in folder: String) async throws(StoreError) -> [FoundBackup]

    /// The state of the store now.
    func health() async -> DriverHealth

    /// Finishes what is in flight and closes the store.
    func shutdown() async
}

extension Store {
    /// Carries out one write.
    public func write(
        _ operation: WriteOperation, at key: Key, _ options: WriteOptions = WriteOptions()
    ) async throws(StoreError) -> WriteResult {
        try await write([WriteRequest(operation, at: key, options)], if: [])[0]
    }
}

/// How a path is looked at.
public enum View: Sendable {
    /// The composed value: ancestors' documents, the leaf, and everything below.
    case tree
    /// The stored leaf at exactly the path, alone (`?leaf`).
    case leaf
}

/// Limits on what is stored. All are published at `/_capabilities`.
public struct StoreLimits: Sendable {
    /// The most bytes of one value, minified.
    public var valueBytes: Int
    /// The most levels of nesting of a value.
    public var valueDepth: Int
    /// The most bytes of a composed value.
    public var composedBytes: Int
    /// The most leaves that one read composes or one write changes.
    public var leaves: Int
    /// What a key may be.
    public var keys: KeyLimits

    /// 1 MiB and 512 levels a value; 64 MiB and 200,000 leaves a subtree.
    public static let standard = StoreLimits(
        valueBytes: 1 << 20, valueDepth: 512, composedBytes: 64 << 20, leaves: 200_000, keys: .standard)

    /// Limits from their parts.
    public init(valueBytes: Int, valueDepth: Int, composedBytes: Int, leaves: Int, keys: KeyLimits) {
        self.valueBytes = valueBytes
        self.valueDepth = valueDepth
        self.composedBytes = composedBytes
        self.leaves = leaves
        self.keys = keys
    }
}
