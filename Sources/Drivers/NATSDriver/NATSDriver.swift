import Logging
import NestKVStorage

/// A store in the KV buckets of NATS JetStream: an entry point is a bucket, a leaf is a key, the feed is the bucket's
/// stream.
///
/// Values are plain JSON and metadata is in headers, so KV clients read and write the same values. A revision is a
/// message's number in its stream, so each entry point has its own revisions.
final class NATSDriver: Driver {
    let settings: NATSSettings
    let server: JetStream
    let table: BucketTable
    let followers: BucketFollowers
    let expiryNames = KnownEntryPoints()
    private let standing: DriverCapabilities

    var capabilities: DriverCapabilities {
        var capabilities = standing
        capabilities.exceptions = table.exceptions
        return capabilities
    }

    /// Connects to the servers.
    init(_ settings: NATSSettings, logger: Logger) async throws(DriverError) {
        try settings.connection.checkFiles()
        let connection = try await Connection.open(settings.connection, logger: logger)
        do throws(DriverError) {
            server = try await JetStream(connection, logger: logger)
        } catch {
            connection.close()
            throw error
        }
        self.settings = settings
        table = BucketTable(server: server, settings: settings)
        followers = BucketFollowers(table: table)
        standing = settings.capabilities(on: server)
        server.connection.whenLost { [table] in table.noteLoss() }
        server.connection.whenBack { [table] in Task { await table.confirmAll() } }
        if !server.hasAtomicBatch {
            logger.notice(
                """
                this NATS server is older than 2.12, so a request can change one leaf only; requests that change more \
                are answered with 501
                """)
        }
    }

    func commit(_ transaction: Transaction) async throws(DriverError) -> Receipt {
        try await NATSCommit(transaction, table: table, server: server, settings: settings).run()
    }

    func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws(DriverError) {
        let there = try await table.make(entryPoint, replicas: settings.replicas).bucket
        guard let replicas = settings.replicas, replicas != there.configuration.replicas else { return }
        throw DriverError(
            .unsupported,
            "The bucket is stored on \(there.configuration.replicas) servers, not \(replicas). Run "
                + "'nats stream edit \(there.stream) --replicas=\(replicas)', then restart nestkv.")
    }

    func remove(_ entryPoint: [UInt8]) async throws(DriverError) {
        try await table.remove(entryPoint)
    }

    func health() async -> DriverHealth {
        guard let problem = server.connection.problem else { return .good }
        return DriverHealth(canRead: false, canWrite: false, problem: problem.text, since: problem.since)
    }

    func shutdown() async {
        server.connection.close()
        followers.close()
    }
}

extension NATSSettings {
    /// What the driver publishes about itself.
    func capabilities(on server: JetStream) -> DriverCapabilities {
        var feedRetention = FeedRetention.unbounded
        if let age = bucket.age { feedRetention.age = age }
        return DriverCapabilities(
            driver: "nats", durability: bucket.durability, atomicity: server.hasAtomicBatch ? .entryPoint : .leaf,
            leavesPerCommit: server.hasAtomicBatch ? JetStream.batchMax : 1, isShared: true, revisionScope: .entryPoint,
            historyDepth: bucket.history - 1, feedRetention: feedRetention, replicas: bucket.replicas, replicasMax: 5)
    }
}

extension DriverFactory {
    /// `nats://HOST[:PORT]`
    public static let nats = DriverFactory(
        scheme: "nats",
        form: "nats://[USER:PASSWORD@|TOKEN@]HOST[:PORT][,HOST[:PORT]]…",
        summary: "NATS JetStream: each entry point is a KV bucket, which other programs may share.",
        parameters: NATSSettings.parameters
    ) { (url, options) throws(DriverError) in
        try await NATSDriver(NATSSettings(url, options), logger: options.logger)
    }
}
