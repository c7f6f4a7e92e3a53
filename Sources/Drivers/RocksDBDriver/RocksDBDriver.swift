import Logging
import NestKVStorage
import Synchronization

/// A store in a folder of this machine, by RocksDB: durable, and larger than memory.
///
/// Writes go through one thread of their own (``Writer``). Reads run on the calling thread. They wait only for the
/// disk, at most for some reads of a block, so they can't deadlock the cooperative pool. Switching to another thread
/// and back would cost more than most reads.
final class RocksDBDriver: Driver {
    let capabilities: DriverCapabilities
    let database: Database
    private let queue = WriterQueue()
    private let status: StoreStatus
    private let reader: NodeReader
    let identity: String
    /// Whether a backup is running. Only one runs at a time.
    let isBackingUp = Atomic(false)

    /// Opens the store, and creates it if it doesn't exist.
    init(_ settings: RocksDBSettings, logger: Logger) throws(DriverError) {
        let opened = try DatabaseOpening(settings).open()
        let (database, state) = (opened.database, opened.state)
        if opened.isNew { logger.notice("created a new store", metadata: ["folder": "\(settings.path)"]) }
        BackupRun.removeLeftovers(in: settings.path)
        let table = ChangeTable(openedAt: state.revision)
        let status = StoreStatus(state)
        let cache = NodeCache(bytes: settings.cacheBytes)
        let queue = queue
        capabilities = settings.capabilities
        self.database = database
        self.status = status
        identity = opened.identity
        reader = NodeReader(database: database, table: table, status: status, cache: cache)
        let watch = FolderWatch(
            path: settings.path, database: database, mark: opened.mark, status: status, logger: logger)
        OwnThread.start("folder-watch") { watch.run() }
        OwnThread.start("verification") { Verification(database: database, status: status, logger: logger).run() }
        OwnThread.start("rocksdb-writer") {
            Writer(
                database: database, state: state, table: table, status: status, cache: cache, queue: queue,
                mark: opened.mark, watch: watch, settings: settings, logger: logger
            ).run()
        }
    }

    /// Whether the whole store was read since the start (``Verification``).
    var isVerified: Bool { status.isVerified }

    deinit {
        queue.stop()
    }

    func node(_ key: Key, _ reach: Reach) async throws(DriverError) -> NodeRecords {
        try reader.read(key, reach)
    }

    func nodeAtOnce(_ key: Key, _ reach: Reach) throws(DriverError) -> NodeRecords? {
        try reader.read(key, reach)
    }

    func unchanged(_ key: Key) -> Unchanged? { reader.unchanged(key) }

    func scan(_ key: Key, after: Key?, limit: Int) async throws(DriverError) -> Page {
        try read("\(key)") { view throws(RocksDBFailure) in try view.scan(key, after: after, limit: limit) }
    }

    func names(below key: Key, after: [UInt8]?, limit: Int) async throws(DriverError) -> [[UInt8]] {
        try read("\(key)") { view throws(RocksDBFailure) in try view.names(below: key, after: after, limit: limit) }
    }

    func commit(_ transaction: Transaction) async throws(DriverError) -> Receipt {
        try await queue.submit(transaction)
    }

    func revisions(of key: Key, limit: Int) async throws(DriverError) -> [Record] {
        try read("\(key)") { view throws(RocksDBFailure) in
            try view.atOneMoment { view throws(RocksDBFailure) in
                try view.revisions(of: key, limit: limit, historyDepth: capabilities.historyDepth)
            }
        }
    }

    func version(_ version: UInt64, of key: Key) async throws(DriverError) -> Record? {
        try read("\(key)") { view throws(RocksDBFailure) in
            try view.atOneMoment { view throws(RocksDBFailure) in
                try view.version(version, of: key, historyDepth: capabilities.historyDepth)
            }
        }
    }

    func expired(by time: Timestamp, limit: Int) async throws(DriverError) -> [Record] {
        try read("the expiries") { view throws(RocksDBFailure) in try view.expired(by: time, limit: limit) }
    }

    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws(DriverError) -> ChangePage {
        // The state is read with the changes, from one moment. A commit is visible a moment before the writer publishes
        // its revision, and a reader may have seen it: the feed must not seem to end before it.
        try read("the change feed") { view throws(RocksDBFailure) in
            try view.atOneMoment { view throws(RocksDBFailure) in
                let state = try view.state()
                return ChangePage(
                    changes: try view.changes(after: revision, limit: limit), oldest: state.feedOldest,
                    current: state.revision, identity: identity)
            }
        }
    }

    func waitForChange(in feed: Feed, after revision: Revision) async {
        await status.signal.wait(after: revision)
    }

    func health() async -> DriverHealth {
        status.health
    }

    func shutdown() async {
        await queue.close()
    }

    private func read<Result>(
        _ what: @autoclosure () -> String, _ body: (DatabaseView) throws(RocksDBFailure) -> Result
    ) throws(DriverError) -> Result {
        do throws(RocksDBFailure) {
            guard let result = try database.read(body) else { throw Database.closed }
            return result
        } catch {
            throw status.failure(reading: what(), error)
        }
    }
}

extension DriverFactory {
    /// `rocksdb:PATH`
    public static let rocksdb = DriverFactory(
        scheme: "rocksdb", form: "rocksdb:PATH", summary: "An embedded RocksDB store in a folder on this machine.",
        parameters: RocksDBSettings.parameters
    ) { (url, options) throws(DriverError) in
        try RocksDBDriver(RocksDBSettings(url, options), logger: options.logger)
    }
}
