/// A driver that wraps another one. It forwards every call by default; a decorator overrides the calls that it changes.
public protocol DriverDecorator: Driver {
    /// The wrapped driver.
    var base: any Driver { get }
}

extension DriverDecorator {
    public var capabilities: DriverCapabilities { base.capabilities }

    public func node(_ key: Key, _ reach: Reach) async throws(DriverError) -> NodeRecords {
        try await base.node(key, reach)
    }

    /// By default every read is a ``node(_:_:)``, which a decorator may override.
    public func nodeAtOnce(_ key: Key, _ reach: Reach) throws(DriverError) -> NodeRecords? { nil }

    /// By default what was read is read again, because a decorator may override ``node(_:_:)``.
    public func unchanged(_ key: Key) -> Unchanged? { nil }

    public func scan(_ key: Key, after: Key?, limit: Int) async throws(DriverError) -> Page {
        try await base.scan(key, after: after, limit: limit)
    }

    public func names(below key: Key, after: [UInt8]?, limit: Int) async throws(DriverError) -> [[UInt8]] {
        try await base.names(below: key, after: after, limit: limit)
    }

    public func commit(_ transaction: Transaction) async throws(DriverError) -> Receipt {
        try await base.commit(transaction)
    }

    /// By default every commit is a ``commit(_:)``, which a decorator may override.
    public func commitAtOnce(_ transaction: Transaction) throws(DriverError) -> Receipt? { nil }

    /// By default every commit is a ``commit(_:)``.
    public var commitsAtOnce: Bool { false }

    public func revisions(of key: Key, limit: Int) async throws(DriverError) -> [Record] {
        try await base.revisions(of: key, limit: limit)
    }

    public func version(_ version: UInt64, of key: Key) async throws(DriverError) -> Record? {
        try await base.version(version, of: key)
    }

    public func expired(by time: Timestamp, limit: Int) async throws(DriverError) -> [Record] {
        try await base.expired(by: time, limit: limit)
    }

    public func changes(in feed: Feed, after revision: Revision, limit: Int) async throws(DriverError) -> ChangePage {
        try await base.changes(in: feed, after: revision, limit: limit)
    }

    public func waitForChange(in feed: Feed, after revision: Revision) async throws(DriverError) {
        try await base.waitForChange(in: feed, after: revision)
    }

    public func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws(DriverError) {
        try await base.prepare(entryPoint, settings)
    }

    public func remove(_ entryPoint: [UInt8]) async throws(DriverError) {
        try await base.remove(entryPoint)
    }

    public func backUp(into folder: String, keeping: Int?) async throws(DriverError) -> Backup {
        try await base.backUp(into: folder, keeping: keeping)
    }

    public func backups(in folder: String) async throws(DriverError) -> [FoundBackup] {
        try await base.backups(in: folder)
    }

    public func health() async -> DriverHealth {
        await base.health()
    }

    public func shutdown() async {
        await base.shutdown()
    }
}
