import MicroText
import NestKVStorage

/// The settings of a Redis store, from the URL and the service's options.
struct RedisSettings: Sendable {
    /// The parameters that a URL may have.
    static let parameters = [
        StoreParameter("db", standard: "0", "Number of the database"),
        StoreParameter("separator", standard: ":", "Character between the segments of a key"),
        StoreParameter("prefix", standard: "nestkv", "Prefix of nestkv's own keys"),
        StoreParameter("timeout", standard: "--store-timeout", "How long Redis may take to answer"),
        StoreParameter("cache", standard: "32MiB", "Memory for what was read lately; 0: none"),
        StoreParameter("rescan", standard: "60s", "How often to scan all keys if Redis does not report changes"),
        StoreParameter("replicas", standard: "0", "Replicas that must confirm a write"),
    ]

    /// The server.
    var address: RedisAddress
    /// How the store uses the database.
    var layout = KeyLayout()
    /// The longest time that Redis may take to answer.
    var timeout: Duration
    /// The most memory for leaves read lately.
    var cacheBytes = 32 << 20
    /// How often all keys are scanned if the server can't report changes of other programs.
    var rescanInterval = Duration.seconds(60)
    /// How many replicas must have a write before it is confirmed.
    var replicas = 0
    /// The number of versions of a leaf kept besides the current one.
    var historyDepth: Int
    /// How much of the feed is kept.
    var feedRetention: FeedRetention

    /// Reads `redis://…?db=…&prefix=…&separator=…&timeout=…&cache=…&rescan=…&replicas=…`.
    init(_ url: StoreURL, _ options: DriverOptions) throws(DriverError) {
        address = try RedisAddress(url)
        timeout = options.timeout
        historyDepth = options.historyDepth
        feedRetention = options.feedRetention
        let parameters = try url.parameters(known: Self.parameters)
        address.database = try parameters.read("db", RedisAddress.database) ?? address.database
        layout = KeyLayout(
            prefix: try parameters.read("prefix", Self.prefix) ?? "nestkv",
            separator: try parameters.read("separator", Self.separator) ?? UInt8(ascii: ":"), limits: options.keys)
        timeout = try parameters.read("timeout", .duration()) ?? timeout
        rescanInterval = try parameters.read("rescan", .duration()) ?? rescanInterval
        cacheBytes = try parameters.read("cache", .size(from: 0)) ?? cacheBytes
        replicas = try parameters.read("replicas", .number(in: 0...64)) ?? replicas
    }

    private static let prefix = Grammar("a word of 1 to 64 letters, digits, '-' and '_'") { text in
        let isWord = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x5F || $0 == 0x2D
        }
        return isWord && (1...64).contains(text.utf8.count) ? text : nil
    }

    private static let separator = Grammar("one of : / . | ; , ~ ! @ $") { text in
        text.utf8.count == 1 ? text.utf8.first.flatMap { ":/.|;,~!@$".utf8.contains($0) ? $0 : nil } : nil
    }
}
