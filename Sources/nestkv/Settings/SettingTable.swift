import Logging
import MicroText

/// Everything that can be set, each with its name, default, grammar and meaning. The options of `nestkv serve`, their
/// help, the environment variables, the ranges and the table in `docs/configuration.md` follow from it.
struct SettingTable: Sendable {
    /// The table.
    static let shared = SettingTable()

    let host = Setting("host", "127.0.0.1", Self.address, "address", "IPv4 or IPv6 address to listen on")
    let port = Setting("port", "8080", .number(in: 0...65_535), "port", "Port to listen on; 0: any free port")
    let store = Setting(
        "store", "rocksdb:./nestkv-data", .anyText, "address", "Store (see 'nestkv help stores'): \(Self.schemes)")
    let entryPoints = Setting.list("entry-points", "Only permit these entry points")
    let storeTimeout = Setting.duration("store-timeout", "2s", "How long a store in another process may take to answer")
        .rare
    let backupFolder = Setting("backup-folder", "", .anyText, "path", "Folder for backups that clients request")
    let backupsKept = Setting.number("backups-kept", 0, in: 0...100_000, "Backups kept in each folder; 0: all")
    let history = Setting.number("history", 64, in: 0...10_000, "Earlier versions kept of a leaf")
    let feedChanges = Setting.number("feed-changes", 100_000, in: 1...100_000_000, "Changes kept in the change feed")
    let feedBytes = Setting.size("feed-bytes", "64MiB", "Bytes kept in the change feed")
    let feedAge = Setting.duration("feed-age", "7d", "How long the change feed keeps a change")
    let maxValueSize = Setting.size("max-value-size", "1MiB", "Bytes of a value and of a request body")
    let maxValueDepth = Setting.number("max-value-depth", 512, in: 1...512, "Levels of nesting in a value").rare
    let maxKeyBytes = Setting.number("max-key-bytes", 1024, in: 1...4096, "Bytes of a key").rare
    let maxKeySegments = Setting.number("max-key-segments", 64, in: 1...256, "Segments of a key").rare
    let maxReplySize = Setting.size("max-reply-size", "64MiB", "Bytes of a composed reply")
    let maxLeaves = Setting.number("max-leaves", 200_000, in: 1...10_000_000, "Leaves read or changed by a request")
    let maxBytesInFlight = Setting.size("max-bytes-in-flight", "512MiB", "Bytes of large bodies at once; more get 503")
        .rare
    let maxConnections = Setting.number("max-connections", 4096, in: 1...1_000_000, "Connections at once; more get 503")
    let maxOperations = Setting.number("max-operations", 1000, in: 1...100_000, "Operations in a batch or transaction")
        .rare
    let maxBatchSize = Setting.size("max-batch-size", "16MiB", "Bytes of the body of a batch or transaction").rare
    let maxStreams = Setting.number("max-streams", 10_000, in: 1...1_000_000, "Event streams at once; more get 503")
    let maxPatterns = Setting.number("max-patterns", 64, in: 1...10_000, "Patterns of one event stream").rare
    let streamQueue = Setting.size("stream-queue", "256KiB", "Bytes that may wait for one client of a stream").rare
    let slowClientTimeout = Setting.duration(
        "slow-client-timeout", "10s", "How long a slow client may take for half of --stream-queue"
    ).rare
    let keepAlive = Setting.duration("keep-alive", "15s", "How often an idle stream sends a comment").rare
    let threads = Setting.number("threads", 0, in: 0...256, "HTTP threads; 0: one for each core").rare
    let keptReplies = Setting.size(
        "kept-replies", "4MiB", from: 0, "Replies kept ready for each HTTP thread; 0: none"
    ).rare
    let computeThreads = Setting.number(
        "compute-threads", 0, in: 0...256, "Threads for long computations; 0: one for each core, at least 2"
    ).rare
    let maxComputing = Setting.number(
        "max-computing", 1024, in: 1...1_000_000, "Long computations that run or wait; more get 503"
    ).rare
    let schemaMaxSize = Setting.size("schema-max-size", "1MiB", "Bytes of a schema").rare
    let schemaSteps = Setting.number(
        "schema-steps", 1_000_000, in: 1000...1_000_000_000, "Steps to check a value against its schema"
    ).rare
    let schemaPatternSteps = Setting.number(
        "schema-pattern-steps", 100_000, in: 1000...100_000_000, "Steps to search for a pattern of a schema"
    ).rare
    let schemaErrors = Setting.number("schema-errors", 32, in: 1...1000, "Broken rules of a schema in a reply").rare
    let schemaMigrateRate = Setting.number(
        "schema-migrate-rate", 5000, in: 0...1_000_000_000, "Leaves that a migration changes in a second; 0: any number"
    ).rare
    let schemaJobLease = Setting.duration(
        "schema-job-lease", "30s", "How long a job of a process that ended waits for another one"
    ).rare
    let idleTimeout = Setting.duration("idle-timeout", "60s", "How long a connection may wait for its next request")
        .rare
    let headerTimeout = Setting.duration("header-timeout", "10s", "How long a request's header may take").rare
    let bodyTimeout = Setting.duration("body-timeout", "60s", "How long a request's body may take").rare
    let drainTimeout = Setting.duration("drain-timeout", "6s", "How long a stop waits for requests in flight").rare
    let corsOrigins = Setting.list("cors-origins", "Web origins that may use the service; '*': any")
    let allowedHosts = Setting.list("allowed-hosts", "Further hosts to serve, as *.example; '*': any")
    let logLevel = Setting(
        "log-level", "info", .choice(of: Logger.Level.self), "level", "Least severe level: trace to critical")
    let logFormat = Setting("log-format", "text", .choice(of: LogFormat.self), "format", "text or json")

    /// All settings, in the order of the table.
    var all: [any AnySetting] { Mirror(reflecting: self).children.compactMap { $0.value as? any AnySetting } }

    private static var schemes: String { drivers.map { $0.scheme + ":" }.joined(separator: ", ") }

    /// An address, without the brackets of an IPv6 one.
    private static var address: Grammar<String> {
        Grammar("an IPv4 or IPv6 address") { text in
            text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        }
    }
}
