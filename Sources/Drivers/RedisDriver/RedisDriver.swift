import Logging
import NestKVStorage
import Synchronization

/// A store in a Redis database, which other programs and other nestkv processes may use at the same time.
///
/// Every operation is one script, so it sees and makes one state. Values of other programs get a version when they are
/// noticed (``ForeignChanges``). Until then they are recognized by the digest of their text, which isn't the one that
/// nestkv noted.
final class RedisDriver: Driver {
    let settings: RedisSettings
    let client: RedisClient
    let tracked: TrackedState
    let foreignChanges: ForeignChanges
    private let commits: CommitBatcher
    /// A subtree may be large, and Redis does nothing else while it reads one.
    let subtreeReads = SharedReads<SubtreeRead, NodeRecords>()
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// Connects, and scans the keys.
    init(_ settings: RedisSettings, logger: Logger) async throws(DriverError) {
        self.settings = settings
        tracked = TrackedState(layout: settings.layout, cacheBytes: settings.cacheBytes)
        client = RedisClient(settings, tracked: tracked, logger: logger)
        foreignChanges = ForeignChanges(client: client, tracked: tracked, logger: logger)
        commits = CommitBatcher(client: client, tracked: tracked)
        try await client.start()
        do {
            try await foreignChanges.scanAll(isFirst: true)
        } catch {
            await client.stop()
            throw DriverError(.configuration, error.message, cause: error.cause)
        }
        startTasks()
    }

    private func startTasks() {
        let (foreignChanges, client, settings) = (foreignChanges, client, settings)
        tasks.withLock { tasks in
            tasks.append(Task { await foreignChanges.checkInvalidatedKeys() })
            tasks.append(Task { await foreignChanges.scanOnRequest() })
            tasks.append(Task { await foreignChanges.scanRegularly(every: settings.rescanInterval) })
            tasks.append(Task { await client.trimRegularly() })
            tasks.append(Task { await client.pollServerInfo() })
        }
    }

    deinit {
        for task in tasks.withLock({ $0 }) { task.cancel() }
        tracked.close()
    }

    var capabilities: DriverCapabilities {
        DriverCapabilities(
            driver: "redis", durability: client.durability, isShared: true,
            historyDepth: settings.historyDepth, feedRetention: settings.feedRetention,
            replicas: settings.replicas + 1, replicasMax: settings.replicas + 1)
    }

    func commit(_ transaction: Transaction) async throws(DriverError) -> Receipt {
        let part = CommitPart(transaction, settings.layout)
        tracked.invalidatedKeys.willWrite(part.keys)
        defer { tracked.invalidatedKeys.didWrite(part.keys) }
        switch try await commits.submit(part) {
        case .done(let records, let revision):
            return Receipt(records: records, revision: revision, durability: client.durability)
        case .conflict(let key): throw DriverError.conflict(at: key)
        case .foreignChange(let key):
            try await foreignChanges.check([key])
            throw DriverError.conflict(at: key)
        case .otherType(let key): throw otherType(key)
        case .full: throw DriverError.full(client.server)
        }
    }

    func waitForChange(in feed: Feed, after revision: Revision) async throws(DriverError) {
        await tracked.signal.wait(after: revision)
    }

    func health() async -> DriverHealth {
        client.health
    }

    func shutdown() async {
        for task in tasks.withLock({ $0 }) { task.cancel() }
        tracked.close()
        await client.stop()
    }

    /// The error for a key that doesn't hold a string.
    func otherType(_ key: Key) -> DriverError {
        let name = String(decoding: settings.layout.redisKey(key), as: UTF8.self)
        return DriverError(
            .unreadable,
            "\(key) can't be read or written: the Redis key '\(name)' of another program doesn't hold a string but "
                + "another type. Use another path, or delete the key in Redis.", key: key)
    }

    /// The error for a key whose text is not JSON.
    func notJSON(_ key: Key) -> DriverError {
        let name = String(decoding: settings.layout.redisKey(key), as: UTF8.self)
        return DriverError(
            .unreadable,
            "\(key) can't be read: the value of the Redis key '\(name)' is not JSON; another program wrote it. Set it "
                + "to JSON (a string needs its double quotes), or delete it in Redis.", key: key)
    }
}

extension DriverFactory {
    /// `redis://host:port/db`, `unix:/path`, and `rediss:`, which is refused with the reason.
    public static let redis = DriverFactory(
        scheme: "redis", aliases: ["redis+unix", "unix", "rediss"],
        form: "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB] or unix:SOCKET",
        summary: "A database of a Redis server, which other programs may share.",
        parameters: RedisSettings.parameters
    ) { (url, options) throws(DriverError) in
        try await RedisDriver(RedisSettings(url, options), logger: options.logger)
    }
}
