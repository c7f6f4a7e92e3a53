import MicroJSON
import NestKVStorage

/// A store that wraps another one. It forwards every call by default; a decorator overrides the calls that it changes.
public protocol StoreDecorator: Store {
    /// The wrapped store.
    var base: any Store { get }
}

extension StoreDecorator {
    public var capabilities: DriverCapabilities { base.capabilities }
    public var limits: StoreLimits { base.limits }

    public func get(_ key: Key, _ view: View) async throws(StoreError) -> Node {
        try await base.get(key, view)
    }

    /// By default every read is a ``get(_:_:)``, which a decorator may override.
    public func getAtOnce(_ key: Key, _ view: View) throws(StoreError) -> Node? { nil }

    /// By default every read is repeated, because a decorator may override ``get(_:_:)``.
    public func unchanged(_ key: Key) -> Unchanged? { nil }

    public func unchangedSince(_ key: Key) async throws(StoreError) -> Revision {
        try await base.unchangedSince(key)
    }

    public func history(_ key: Key, limit: Int) async throws(StoreError) -> [Record] {
        try await base.history(key, limit: limit)
    }

    public func version(_ version: UInt64, of key: Key) async throws(StoreError) -> Record? {
        try await base.version(version, of: key)
    }

    public func write(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) async throws(StoreError) -> [WriteResult] {
        try await base.write(requests, if: conditions)
    }

    /// By default every write is a ``write(_:if:)``, which a decorator may override.
    public var writesAtOnce: Bool { false }

    public func writeAtOnce(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) throws(StoreError) -> [WriteResult]? { nil }

    public func expireLeaves() async throws(StoreError) -> Int {
        try await base.expireLeaves()
    }

    public func changes(
        in feed: Feed, after revision: Revision, limit: Int
    ) async throws(StoreError) -> ChangePage {
        try await base.changes(in: feed, after: revision, limit: limit)
    }

    public func waitForChange(in feed: Feed, after revision: Revision) async throws(StoreError) {
        try await base.waitForChange(in: feed, after: revision)
    }

    public func scan(_ key: Key, after: Key?, limit: Int) async throws(StoreError) -> Page {
        try await base.scan(key, after: after, limit: limit)
    }

    public func names(below key: Key, after: [UInt8]?, limit: Int) async throws(StoreError) -> [[UInt8]] {
        try await base.names(below: key, after: after, limit: limit)
    }

    public func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws(StoreError) {
        try await base.prepare(entryPoint, settings)
    }

    public func remove(_ entryPoint: [UInt8]) async throws(StoreError) {
        try await base.remove(entryPoint)
    }

    public func backUp(into folder: String, keeping: Int?) async throws(StoreError) -> Backup {
        try await base.backUp(into: folder, keeping: keeping)
    }

    public func backups(in folder: String) async throws(StoreError) -> [FoundBackup] {
        try await base.backups(in: folder)
    }

    public func health() async -> DriverHealth {
        await base.health()
    }

    public func shutdown() async {
        await base.shutdown()
    }
}
