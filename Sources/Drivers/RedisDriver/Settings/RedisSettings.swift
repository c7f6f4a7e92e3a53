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
        if let text = parameters["db"] { address.database = try RedisAddress.database(text) }
        layout = try Self.layout(parameters["prefix"] ?? "nestkv", parameters["separator"] ?? ":", options.keys)
        if let text = parameters["timeout"] { timeout = try Self.duration("timeout", text) }
        if let text = parameters["rescan"] { rescanInterval = try Self.duration("rescan", text) }
        if let text = parameters["cache"] { cacheBytes = try StoreURL.size("cache", text) }
        if let text = parameters["replicas"] { replicas = try Self.replicas(text) }
    }

    private static func layout(_ prefix: String, _ separator: String, _ limits: KeyLimits) throws(DriverError)
        -> KeyLayout
    {
        let isWord = prefix.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x5F || $0 == 0x2D
        }
        guard isWord, !prefix.isEmpty, prefix.utf8.count <= 64 else {
            throw DriverError(
                .address,
                "The parameter prefix must be a word of letters, digits, '-' and '_', not '\(prefix)'.")
        }
        guard let byte = separator.utf8.first, separator.utf8.count == 1, ":/.|;,~!@$".utf8.contains(byte) else {
            throw DriverError(
                .address, "The parameter separator must be one of : / . | ; , ~ ! @ $, not '\(separator)'.")
        }
        return KeyLayout(prefix: prefix, separator: byte, limits: limits)
    }

    private static func duration(_ name: String, _ text: String) throws(DriverError) -> Duration {
        for (suffix, unit) in [("ms", Duration.milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60))]
        where text.hasSuffix(suffix) {
            guard let number = Int(text.dropLast(suffix.count)), (1...10_000_000).contains(number) else { break }
            return unit * number
        }
        throw DriverError(
            .address, "The parameter \(name) must be a duration such as '500ms' or '2s', not '\(text)'.")
    }

    private static func replicas(_ text: String) throws(DriverError) -> Int {
        guard let number = Int(text), (0...64).contains(number) else {
            throw DriverError(
                .address,
                "The parameter replicas must be the number of replicas that confirm a write, from 0 to 64, "
                    + "not '\(text)'."
            )
        }
        return number
    }
}
