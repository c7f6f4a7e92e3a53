import Logging

/// What every driver is opened with besides its URL.
public struct DriverOptions: Sendable {
    /// The versions of a leaf that are kept besides the current one.
    public var historyDepth: Int
    /// How much of the change feed is kept.
    public var feedRetention: FeedRetention
    /// Which keys a path can name; what other programs stored elsewhere is left alone.
    public var keys: KeyLimits
    /// How long a store on another machine may take to answer.
    public var timeout: Duration
    /// Where the driver writes what happens outside any request.
    public var logger: Logger

    /// Options from their parts.
    public init(
        historyDepth: Int = 64, feedRetention: FeedRetention = .standard, keys: KeyLimits = .standard,
        timeout: Duration = .seconds(2), logger: Logger
    ) {
        self.historyDepth = historyDepth
        self.feedRetention = feedRetention
        self.keys = keys
        self.timeout = timeout
        self.logger = logger
    }
}

/// How to open one kind of store. The list of them is `Drivers.swift` in the executable.
public struct DriverFactory: Sendable {
    /// The URL scheme: `memory`, `rocksdb`, …
    public let scheme: String
    /// Other schemes that it takes.
    public let aliases: [String]
    /// The form of its URL for `--help`: `rocksdb:PATH[?sync=off]`.
    public let form: String
    /// Opens the store.
    ///
    /// - Throws: ``DriverError`` `.configuration` or `.corrupt` with a message for the one who starts the service.
    public let open: @Sendable (StoreURL, DriverOptions) async throws -> any Driver

    /// A factory from its parts.
    public init(
        scheme: String, aliases: [String] = [], form: String,
        open: @escaping @Sendable (StoreURL, DriverOptions) async throws -> any Driver
    ) {
        self.scheme = scheme
        self.aliases = aliases
        self.form = form
        self.open = open
    }
}
