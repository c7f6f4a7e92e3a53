import Logging
import MicroHTTP
import NestKVAPI
import NestKVCore
import NestKVStorage
import Synchronization

/// The service: its composition (this file), its life (`App+serve.swift`).
enum App {
    /// The version of the program (semantic versioning).
    static let version = "0.1.0"

    /// The parts of a running service.
    struct Parts {
        let store: any Store
        let live: Live
        let server: Server
        /// They run beside the server.
        let followers: [Follower]
    }

    /// The only composition: a driver, the store over it with its decorators, the interface, and the server.
    static func build(_ settings: Settings, _ logger: Logger, _ sink: LogSink) async throws -> Parts {
        let url = try StoreURL(settings.text(\.store))
        let limits = try storeLimits(settings)
        let liveLimits = try liveLimits(settings)
        var configuration = try serverConfiguration(settings, logger)

        let metrics = ServiceMetrics(log: sink)
        let options = try driverOptions(settings, keys: limits.keys, logger)
        let driver = MeasuredDriver(try await drivers.open(url, options), metrics: metrics.registry)
        let keys = PathKeyService(limits: limits.keys)
        let entryPoints = EntryPointCatalog()
        let catalogs: [any Catalog] = [entryPoints]
        let compute = ComputePool(
            threads: try settings[\.computeThreads],
            maximumRequests: try settings[\.maxComputing])
        let store = KeyValueStore(
            driver: driver, keys: keys, metadata: StandardMetadata(hashing: CanonicalHashing()), locks: PathLocks(),
            rules: rules(limits), entryPoints: entryPoints, catalogs: catalogs, limits: limits, compute: compute
        )
        .logged(with: logger)
        do {
            try await catalogs.load(from: store)
        } catch {
            // Everything else can be served. Their follower reads them again.
            logger.error("can't read the settings of entry points: \(error.message)")
        }

        let live = Live(
            store: store, keys: keys, limits: liveLimits, logger: logger, inFlight: configuration.bytesInFlight)
        // The metrics include the server's, and the server needs the interface that serves the metrics.
        let running = Mutex<Server?>(nil)
        let service = try serviceDescription(
            settings, url, httpLimits: published(configuration, liveLimits, compute)
        ) {
            guard let server = running.withLock({ $0 }) else { return "" }
            return await metrics.exposition(store, live, server)
        }
        let cors = CORSPolicy(origins: try settings.origins())
        let api = API(live: live, service: service, stages: [cors], compute: compute)

        configuration.largerBodyLimits = ["/_batch", "/_transaction"].map { ($0, service.batchBytes) }
        observe(&configuration, cors, metrics, logger)
        let server = Server(configuration: configuration) { api.respond(to: $0) }
        running.withLock { $0 = server }
        let followers = Follower.keeping(
            catalogs, in: store, scope: store.capabilities.revisionScope, logger: logger)
        return Parts(store: store, live: live, server: server, followers: followers)
    }

    /// What writes must comply with, in the order in which it is checked.
    private static func rules(_ limits: StoreLimits) -> [any WriteRule] {
        [
            PreconditionRule(),
            LifetimeRule(),
            LeafCountRule(limits),
            DepthRule(limits),
            SizeRule(limits),
        ]
    }

    /// What the service publishes about itself.
    private static func serviceDescription(
        _ settings: Settings, _ url: StoreURL, httpLimits: [(name: String, value: Int)],
        metrics: @escaping @Sendable () async -> String
    ) throws -> ServiceDescription {
        ServiceDescription(
            name: "nestkv", version: version, store: url.description,
            operationsLimit: try settings[\.maxOperations],
            batchBytes: try settings[\.maxBatchSize], backups: try backupPlace(settings), httpLimits: httpLimits,
            metrics: metrics)
    }

    /// The limits of the server that `/_capabilities` publishes.
    private static func published(
        _ configuration: ServerConfiguration, _ live: LiveLimits, _ compute: ComputePool
    ) -> [(name: String, value: Int)] {
        [
            ("bodyBytes", configuration.bodyLimit), ("targetBytes", configuration.targetLimit),
            ("headerBytes", configuration.headerLimit), ("connections", configuration.connectionLimit),
            ("streams", configuration.streamLimit), ("patternsPerStream", live.patterns),
            ("streamQueueBytes", configuration.streamQueueBytes),
            ("bytesInFlight", configuration.bytesInFlight.limit),
            ("computingRequests", compute.maximumRequests),
        ]
    }

    /// Sets what the server calls: for requests that it rejects itself, after each request, and to log.
    private static func observe(
        _ configuration: inout ServerConfiguration, _ cors: CORSPolicy, _ metrics: ServiceMetrics, _ logger: Logger
    ) {
        configuration.rejection = { rejection, id, origin in
            let response = Problem.response(to: rejection, requestID: id)
            return origin.map { cors.allowing($0, response) } ?? response
        }
        let log = AccessLog.observer(logger)
        configuration.observer = { exchange in
            metrics.count(exchange)
            log?(exchange)
        }
        configuration.log = { logger.warning("\($0)") }
    }

    /// The limits of values, replies and keys.
    static func storeLimits(_ settings: Settings) throws -> StoreLimits {
        StoreLimits(
            valueBytes: try settings[\.maxValueSize],
            valueDepth: try settings[\.maxValueDepth],
            composedBytes: try settings[\.maxReplySize],
            leaves: try settings[\.maxLeaves],
            keys: try keyLimits(settings))
    }

    /// Which keys a path can name.
    static func keyLimits(_ settings: Settings) throws -> KeyLimits {
        KeyLimits(
            segments: try settings[\.maxKeySegments],
            bytes: try settings[\.maxKeyBytes],
            entryPoints: try settings.entryPoints())
    }

    private static func backupPlace(_ settings: Settings) throws -> BackupPlace? {
        let kept = try settings[\.backupsKept]
        let folder = settings.text(\.backupFolder)
        return folder.isEmpty ? nil : BackupPlace(folder: folder, kept: kept == 0 ? nil : kept)
    }

    /// The options that every driver is opened with.
    static func driverOptions(_ settings: Settings, keys: KeyLimits, _ logger: Logger) throws -> DriverOptions {
        DriverOptions(
            historyDepth: try settings[\.history],
            feedRetention: FeedRetention(
                count: try settings[\.feedChanges], bytes: try settings[\.feedBytes],
                age: try settings[\.feedAge]),
            keys: keys, timeout: try settings[\.storeTimeout], logger: logger)
    }

    /// The limits of streams and long polls.
    static func liveLimits(_ settings: Settings) throws -> LiveLimits {
        var limits = LiveLimits()
        limits.patterns = try settings[\.maxPatterns]
        limits.bookmarkInterval = try settings[\.keepAlive]
        return limits
    }

    private static func serverConfiguration(_ settings: Settings, _ logger: Logger) throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.host = try settings[\.host]
        configuration.hosts = try settings.hosts()
        configuration.port = try settings[\.port]
        configuration.threads = try settings[\.threads]
        let files = try openFiles(settings, logger)
        configuration.connectionLimit = files.connections
        configuration.streamLimit = files.streams
        configuration.spareSockets = files.spare
        configuration.streamQueueBytes = try settings[\.streamQueue]
        configuration.streamPatience = try settings[\.slowClientTimeout]
        configuration.keepAliveInterval = try settings[\.keepAlive]
        configuration.keepAliveChunk = Live.keepAlive
        configuration.bodyLimit = try settings[\.maxValueSize]
        configuration.bytesInFlight = try bytesInFlight(settings)
        configuration.idleTimeout = try settings[\.idleTimeout]
        configuration.headerTimeout = try settings[\.headerTimeout]
        configuration.bodyTimeout = try settings[\.bodyTimeout]
        configuration.drainTimeout = try settings[\.drainTimeout]
        return configuration
    }

    /// The limit for bytes in flight. It must not be below a limit of one request, which could never be served then.
    private static func bytesInFlight(_ settings: Settings) throws -> BytesInFlight {
        let limit = try settings[\.maxBytesInFlight]
        for path in [\SettingTable.maxReplySize, \.maxBatchSize, \.maxValueSize] where limit < (try settings[path]) {
            throw settings.wrong(
                \.maxBytesInFlight, settings.text(\.maxBytesInFlight),
                "at least --\(SettingTable.shared[keyPath: path].name), which is \(settings.text(path))")
        }
        return BytesInFlight(limit: limit)
    }
}
