import Logging

/// The options with which every driver is opened, besides its URL.
public struct DriverOptions: Sendable {
    /// The number of earlier versions of a leaf to keep.
    public var historyDepth: Int
    /// How much of the change feed to keep.
    public var feedRetention: FeedRetention
    /// The keys that a path can name. Data that other programs stored at other keys is left alone.
    public var keys: KeyLimits
    /// How long a store on another machine may take to answer.
    public var timeout: Duration
    /// The log for events outside any request.
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

/// Opens one kind of store. `Drivers.swift` in the executable lists all of them.
public struct DriverFactory: Sendable {
    /// The URL scheme: `memory`, `rocksdb`, …
    public let scheme: String
    /// Other accepted schemes.
    public let aliases: [String]
    /// The form of its URL for `--help`: `rocksdb:PATH[?sync=off]`.
    public let form: String
    /// Opens the store.
    ///
    /// - Throws: ``DriverError`` `.configuration` or `.corrupt`, with a message for the operator.
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
