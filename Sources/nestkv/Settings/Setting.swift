/// Everything that can be set: an option of `nestkv serve` and an environment variable.
enum Setting: String, CaseIterable, Sendable {
    case host, port, store
    case entryPoints = "entry-points"
    case storeTimeout = "store-timeout"
    case backupFolder = "backup-folder"
    case backupsKept = "backups-kept"
    case history
    case feedChanges = "feed-changes"
    case feedBytes = "feed-bytes"
    case feedAge = "feed-age"
    case maxValueSize = "max-value-size"
    case maxValueDepth = "max-value-depth"
    case maxKeyBytes = "max-key-bytes"
    case maxKeySegments = "max-key-segments"
    case maxReplySize = "max-reply-size"
    case maxLeaves = "max-leaves"
    case maxBytesInFlight = "max-bytes-in-flight"
    case maxConnections = "max-connections"
    case maxOperations = "max-operations"
    case maxBatchSize = "max-batch-size"
    case maxStreams = "max-streams"
    case maxPatterns = "max-patterns"
    case streamQueue = "stream-queue"
    case slowClientTimeout = "slow-client-timeout"
    case keepAlive = "keep-alive"
    case threads
    case computeThreads = "compute-threads"
    case maxComputing = "max-computing"
    case idleTimeout = "idle-timeout"
    case headerTimeout = "header-timeout"
    case bodyTimeout = "body-timeout"
    case drainTimeout = "drain-timeout"
    case corsOrigins = "cors-origins"
    case allowedHosts = "allowed-hosts"
    case logLevel = "log-level"
    case logFormat = "log-format"

    /// The environment variable: `NESTKV_LOG_LEVEL`.
    var variable: String {
        "NESTKV_" + rawValue.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// The value if the setting is not set.
    var standard: String { declaration.standard }

    /// What `--help` and `--help-hidden` say about a setting.
    struct Declaration {
        let standard: String
        /// The name of its value: `size` in `--stream-queue <size>`.
        let value: String
        /// One line of at most 74 columns, the default included.
        let summary: String
        /// Whether only `--help-hidden` shows it.
        var isRare = false

        init(_ standard: String, _ value: String, _ summary: String) {
            (self.standard, self.value, self.summary) = (standard, value, summary)
        }

        /// A setting that few people change.
        static func rare(_ standard: String, _ value: String, _ summary: String) -> Declaration {
            var declaration = Declaration(standard, value, summary)
            declaration.isRare = true
            return declaration
        }
    }

    private var schemes: String { drivers.map { $0.scheme + ":" }.joined(separator: ", ") }

    var declaration: Declaration {
        switch self {
        case .host: Declaration("127.0.0.1", "address", "IPv4 or IPv6 address to listen on")
        case .port: Declaration("8080", "port", "Port to listen on; 0: any free port")
        case .store: Declaration("rocksdb:./nestkv-data", "address", "Store (see 'nestkv help stores'): \(schemes)")
        case .entryPoints: Declaration("", "a,b", "Only permit these entry points")
        case .storeTimeout: .rare("2s", "duration", "How long a store in another process may take to answer")
        case .backupFolder: Declaration("", "path", "Folder for backups that clients request")
        case .backupsKept: Declaration("0", "n", "Backups kept in each folder; 0: all")
        case .history: Declaration("64", "n", "Earlier versions kept of a leaf")
        case .feedChanges: Declaration("100000", "n", "Changes kept in the change feed")
        case .feedBytes: Declaration("64MiB", "size", "Bytes kept in the change feed")
        case .feedAge: Declaration("7d", "duration", "How long the change feed keeps a change")
        case .maxValueSize: Declaration("1MiB", "size", "Bytes of a value and of a request body")
        case .maxValueDepth: .rare("512", "n", "Levels of nesting in a value")
        case .maxKeyBytes: .rare("1024", "n", "Bytes of a key")
        case .maxKeySegments: .rare("64", "n", "Segments of a key")
        case .maxReplySize: Declaration("64MiB", "size", "Bytes of a composed reply")
        case .maxLeaves: Declaration("200000", "n", "Leaves read or changed by a request")
        case .maxBytesInFlight: .rare("512MiB", "size", "Bytes of large bodies at once; more get 503")
        case .maxConnections: Declaration("4096", "n", "Connections at once; more get 503")
        case .maxOperations: .rare("1000", "n", "Operations in a batch or transaction")
        case .maxBatchSize: .rare("16MiB", "size", "Bytes of the body of a batch or transaction")
        case .maxStreams: Declaration("10000", "n", "Event streams at once; more get 503")
        case .maxPatterns: .rare("64", "n", "Patterns of one event stream")
        case .streamQueue: .rare("256KiB", "size", "Bytes that may wait for one client of a stream")
        case .slowClientTimeout: .rare("10s", "duration", "How long a slow client may take for half of --stream-queue")
        case .keepAlive: .rare("15s", "duration", "How often an idle stream sends a comment")
        case .threads: .rare("0", "n", "HTTP threads; 0: one for each core")
        case .computeThreads: .rare("0", "n", "Threads for long computations; 0: one for each core, at least 2")
        case .maxComputing: .rare("1024", "n", "Long computations that run or wait; more get 503")
        case .idleTimeout: .rare("60s", "duration", "How long a connection may wait for its next request")
        case .headerTimeout: .rare("10s", "duration", "How long a request's header may take")
        case .bodyTimeout: .rare("60s", "duration", "How long a request's body may take")
        case .drainTimeout: .rare("6s", "duration", "How long a stop waits for requests in flight")
        case .corsOrigins: Declaration("", "a,b", "Web origins that may use the service; '*': any")
        case .allowedHosts: Declaration("", "a,b", "Further hosts to serve, as *.example; '*': any")
        case .logLevel: Declaration("info", "level", "Least severe level: trace to critical")
        case .logFormat: Declaration("text", "format", "text or json")
        }
    }
}
