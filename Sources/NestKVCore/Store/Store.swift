import MicroJSON
import NestKVStorage

/// A versioned JSON tree, as the HTTP interface uses it. ``KeyValueStore`` implements it over a ``Driver``; decorators
/// wrap a store and add a concern (see ``StoreDecorator``).
public protocol Store: ChangeFeed, LeafSource {
    /// The abilities and guarantees of the underlying store.
    var capabilities: DriverCapabilities { get }
    /// The limits on what is stored.
    var limits: StoreLimits { get }

    /// The node of a path. If nothing is stored there, the node doesn't ``Node/exists``; this is not an error.
    ///
    /// - Throws: ``StoreError`` `.subtreeTooLarge` if the path exceeds the limits.
    func get(_ key: Key, _ view: View) async throws(StoreError) -> Node

    /// The ``Node/revision`` of a whole path, found without reading all of it.
    func unchangedSince(_ key: Key) async throws(StoreError) -> Revision

    /// The retained records of the leaf at exactly the path, newest first, its deletions included.
    func history(_ key: Key, limit: Int) async throws(StoreError) -> [Record]

    /// One version of the leaf at exactly the path; nil if it is no longer retained or never existed.
    func version(_ version: UInt64, of key: Key) async throws(StoreError) -> Record?

    /// Carries out writes in order, in one commit or not at all. Each write sees the effects of those before it.
    ///
    /// - Parameter conditions: conditions besides each write's own precondition.
    /// - Throws: ``StoreError``, with ``StoreError/writeIndex`` if one of several writes caused it.
    func write(_ requests: [WriteRequest], if conditions: [Condition]) async throws(StoreError) -> [WriteResult]

    /// Deletes some of the expired leaves.
    ///
    /// - Returns: the number of leaves found.
    func expireLeaves() async throws(StoreError) -> Int

    /// The names one level below a path in byte order, beginning after `after`. For ``Key/root`` these are the entry
    /// points, without the service's own, whose names begin with `_`.
    func names(below key: Key, after: [UInt8]?, limit: Int) async throws(StoreError) -> [[UInt8]]

    /// Creates an entry point with its settings, in stores in which an entry point is an object of its own.
    func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws(StoreError)

    /// Removes an emptied entry point and its history, in stores in which an entry point is an object of its own.
    func remove(_ entryPoint: [UInt8]) async throws(StoreError)

    /// Makes a backup of the whole store at one revision while the store stays in use, as
    /// ``Driver/backUp(into:keeping:)`` does.
    func backUp(into folder: String, keeping: Int?) async throws(StoreError) -> Backup

    /// The backups in a folder, the oldest first.
    func backups(in folder: String) async throws(StoreError) -> [FoundBackup]

    /// The current state of the store.
    func health() async -> DriverHealth

    /// Finishes all running operations and closes the store.
    func shutdown() async
}

extension Store {
    /// Carries out one write.
    public func write(
        _ operation: any WriteOperation, at key: Key, _ options: WriteOptions = WriteOptions()
    ) async throws(StoreError) -> WriteResult {
        try await write([WriteRequest(operation, at: key, options)], if: [])[0]
    }
}
