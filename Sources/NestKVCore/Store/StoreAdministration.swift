import NestKVStorage

/// What the operation of a store needs, whatever values are in it.
public protocol StoreAdministration: Sendable {
    /// The abilities and guarantees of the underlying store.
    var capabilities: DriverCapabilities { get }

    /// Deletes some of the expired leaves.
    ///
    /// - Returns: the number of leaves found.
    func expireLeaves() async throws(StoreError) -> Int

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
