/// Everything that can be set: an option of `nestkv serve`, an environment variable, a line in `--help`.
enum Setting: String, CaseIterable, Sendable {
    case host, port, store
    case entryPoints = "entry-points"
    case storeTimeout = "store-timeout"
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

    /// What holds when it isn't set.
    var standard: String {
        switch self {
        case .host: "127.0.0.1"
        case .port: "8080"
        case .store: "rocksdb:./nestkv-data"
        case .entryPoints, .corsOrigins, .allowedHosts: ""
        case .storeTimeout: "2s"
        case .history: "64"
        case .feedChanges: "100000"
        case .feedBytes: "64MiB"
        case .feedAge: "7d"
        case .maxValueSize: "1MiB"
        case .maxValueDepth: "512"
        case .maxKeyBytes: "1024"
        case .maxKeySegments: "64"
        case .maxReplySize: "64MiB"
        case .maxLeaves: "200000"
        case .maxBytesInFlight: "512MiB"
        case .maxConnections: "4096"
        case .maxOperations: "1000"
        case .maxBatchSize: "16MiB"
        case .maxStreams: "10000"
        case .maxPatterns: "64"
        case .streamQueue: "256KiB"
        case .slowClientTimeout: "10s"
        case .keepAlive: "15s"
        case .threads: "0"
        case .computeThreads: "0"
        case .maxComputing: "256"
        case .idleTimeout: "60s"
        case .headerTimeout: "10s"
        case .bodyTimeout: "60s"
        case .drainTimeout: "6s"
        case .logLevel: "info"
        case .logFormat: "text"
        }
    }

    /// What it is, for `--help`.
    var summary: String {
        switch self {
        case .host: "IPv4 or IPv6 address to listen on."
        case .port: "Port to listen on; 0 takes a free one, which the log names."
        case .store: "The store: \(drivers.map(\.form).joined(separator: " or "))."
        case .entryPoints: "The only entry points there are, separated by commas; empty: any."
        case .storeTimeout: "How long a store in another process may take to answer."
        case .history: "Versions of a leaf kept besides the current one."
        case .feedChanges: "Changes kept in the change feed."
        case .feedBytes: "Bytes kept in the change feed."
        case .feedAge: "How long changes are kept in the change feed."
        case .maxValueSize: "Bytes of a value and of a request body."
        case .maxValueDepth: "Levels of nesting of a value."
        case .maxKeyBytes: "Bytes of a key."
        case .maxKeySegments: "Segments of a key."
        case .maxReplySize: "Bytes of a composed reply."
        case .maxLeaves: "Leaves that one request reads or changes."
        case .maxBytesInFlight: "Bytes of large bodies being received and sent at once; more get 503."
        case .maxConnections: "Connections served at once; more get 503."
        case .maxOperations: "Operations of a batch or transaction."
        case .maxBatchSize: "Bytes of the body of a batch or transaction."
        case .maxStreams: "Streams of events at once; more get 503."
        case .maxPatterns: "Patterns of one stream of events."
        case .streamQueue: "Bytes that may wait for one client of a stream."
        case .slowClientTimeout: "How long a client that is behind may take to read half of --stream-queue."
        case .keepAlive: "How often a silent stream says that it is there."
        case .threads: "HTTP threads; 0: one for each core."
        case .computeThreads: "Threads for requests that compute for long; 0: one for each core, two at least."
        case .maxComputing: "Requests that compute for long or wait to; more get 503."
        case .idleTimeout: "How long a connection may wait for its next request."
        case .headerTimeout: "How long a request's header may take."
        case .bodyTimeout: "How long a request's body may take."
        case .drainTimeout: "How long a stop waits for requests in flight; a second signal ends the waiting."
        case .corsOrigins: "Origins of web pages that may use the service, separated by commas; '*': any."
        case .allowedHosts:
            "Further host names that requests may be for, separated by commas, as api.example or *.example; '*': any."
        case .logLevel: "trace, debug, info, notice, warning, error or critical; one line a request at info."
        case .logFormat: "text or json."
        }
    }
}
