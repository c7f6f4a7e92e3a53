import Logging
import MicroHTTP
import NestKVAPI
import NestKVCore
import NestKVStorage
import Synchronization

/// The service: its composition (this file), what its parts get from the settings (`App+settings.swift`), its life
/// (`App+serve.swift`).
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
        /// They run beside the server.
        let jobs: JobRunner
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
        let schemas = try schemaCatalog(settings, keys, logger)
        let catalogs: [any Catalog] = [entryPoints, schemas]
        let compute = ComputePool(
            threads: try settings[\.computeThreads],
            maximumRequests: try settings[\.maxComputing])
        let store = KeyValueStore(
            driver: driver, keys: keys, metadata: StandardMetadata(hashing: CanonicalHashing()), locks: PathLocks(),
            rules: rules(limits), entryPoints: entryPoints, schemas: schemas, catalogs: catalogs, limits: limits,
            compute: compute
        )
        .logged(with: logger)
        do {
            try await catalogs.load(from: store)
        } catch {
            // Everything else can be served. Their follower reads them again.
            logger.error("can't read the settings of entry points and the schemas: \(error.message)")
        }

        let migrations = try migrationService(settings, store, schemas, keys, compute, logger)
        let live = Live(
            store: store, keys: keys, schemas: schemas, limits: liveLimits, logger: logger,
            inFlight: configuration.bytesInFlight)
        // The metrics include the server's, and the server needs the interface that serves the metrics.
        let running = Mutex<Server?>(nil)
        let service = try serviceDescription(
            settings, url, httpLimits: published(configuration, liveLimits, compute)
        ) {
            guard let server = running.withLock({ $0 }) else { return "" }
            return await metrics.exposition(store, live, server, schemas, migrations.jobs)
        }
        let cors = CORSPolicy(origins: try settings.origins())
        let api = API(live: live, service: service, stages: [cors], migrations: migrations, compute: compute)

        configuration.largerBodyLimits = ["/_batch", "/_transaction"].map { ($0, service.batchBytes) }
        observe(&configuration, cors, metrics, logger, sink)
        let server = Server(configuration: configuration) { api.respond(to: $0) }
        running.withLock { $0 = server }
        let followers = Follower.keeping(
            catalogs, in: store, scope: store.capabilities.revisionScope, logger: logger)
        return Parts(store: store, live: live, server: server, followers: followers, jobs: migrations.jobs)
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

    /// Sets what the server calls: for requests that it rejects itself, after each request, and to log.
    private static func observe(
        _ configuration: inout ServerConfiguration, _ cors: CORSPolicy, _ metrics: ServiceMetrics, _ logger: Logger,
        _ sink: LogSink
    ) {
        configuration.rejection = { rejection, id, origin in
            let response = Problem.response(to: rejection, requestID: id)
            return origin.map { cors.allowing($0, response) } ?? response
        }
        let log = AccessLog.observer(logger, sink)
        configuration.observer = { exchange in
            metrics.count(exchange)
            log?(exchange)
        }
        configuration.log = { logger.warning("\($0)") }
    }
}
