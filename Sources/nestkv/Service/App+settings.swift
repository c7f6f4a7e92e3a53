import JSONMigration
import JSONSchema
import Logging
import MicroHTTP
import NestKVAPI
import NestKVCore
import NestKVStorage

/// What the parts of the service get from the settings.
extension App {
    /// The limits of values, replies and keys.
    static func storeLimits(_ settings: Settings) throws -> StoreLimits {
        StoreLimits(
            valueBytes: try settings[\.maxValueSize],
            valueDepth: try settings[\.maxValueDepth],
            composedBytes: try settings[\.maxReplySize],
            leaves: try settings[\.maxLeaves],
            keys: try keyLimits(settings))
    }

    /// The catalog of schemas, with what a schema and one validation may cost.
    static func schemaCatalog(
        _ settings: Settings, _ keys: any KeyService, _ logger: Logger
    ) throws -> SchemaCatalog {
        var limits = SchemaLimits()
        limits.maximumBytes = try settings[\.schemaMaxSize]
        limits.maximumSteps = try settings[\.schemaSteps]
        limits.maximumPatternSteps = try settings[\.schemaPatternSteps]
        var migrationLimits = MigrationLimits()
        migrationLimits.maximumBytes = try settings[\.maxValueSize]
        migrationLimits.maximumDepth = try settings[\.maxValueDepth]
        return SchemaCatalog(
            keys: keys, limits: limits, errorLimit: try settings[\.schemaErrors], migrationLimits: migrationLimits,
            logger: logger)
    }

    /// The jobs that migrate what is stored.
    static func migrationService(
        _ settings: Settings, _ store: any Store, _ schemas: SchemaCatalog, _ keys: any KeyService,
        _ compute: ComputePool, _ logger: Logger
    ) throws -> MigrationService {
        MigrationService(
            store, schemas, keys: keys, compute: compute, rate: try settings[\.schemaMigrateRate],
            lease: try settings[\.schemaJobLease], logger: logger)
    }

    /// Which keys a path can name.
    static func keyLimits(_ settings: Settings) throws -> KeyLimits {
        KeyLimits(
            segments: try settings[\.maxKeySegments],
            bytes: try settings[\.maxKeyBytes],
            entryPoints: try settings.entryPoints())
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

    /// The server's addresses, threads, limits and times.
    static func serverConfiguration(_ settings: Settings, _ logger: Logger) throws -> ServerConfiguration {
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
        configuration.keptReplyBytes = try settings[\.keptReplies]
        configuration.selectingFields = API.selectingFields
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

    /// What the service publishes about itself.
    static func serviceDescription(
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
    static func published(
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

    private static func backupPlace(_ settings: Settings) throws -> BackupPlace? {
        let kept = try settings[\.backupsKept]
        let folder = settings.text(\.backupFolder)
        return folder.isEmpty ? nil : BackupPlace(folder: folder, kept: kept == 0 ? nil : kept)
    }
}
