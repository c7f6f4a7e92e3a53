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

/// A parameter of a store's address: `cache` in `rocksdb:PATH?cache=64MiB`.
public struct StoreParameter: Sendable {
    /// The name before the `=`.
    public let name: String
    /// The value if the parameter is not given, or where it comes from; empty if it has no default.
    public let standard: String
    /// What the parameter does, for `nestkv help stores`.
    public let meaning: String

    /// A parameter from its parts.
    public init(_ name: String, standard: String = "", _ meaning: String) {
        (self.name, self.standard, self.meaning) = (name, standard, meaning)
    }
}

/// Opens one kind of store. `Drivers.swift` in the executable lists all of them.
public struct DriverFactory: Sendable {
    /// The URL scheme: `memory`, `rocksdb`, …
    public let scheme: String
    /// Other accepted schemes.
    public let aliases: [String]
    /// The form of its address without parameters: `rocksdb:PATH`.
    public let form: String
    /// What the store is, in one sentence.
    public let summary: String
    /// The parameters that may follow the address. An address with any other one is refused.
    public let parameters: [StoreParameter]
    /// Opens the store.
    ///
    /// - Throws: ``DriverError`` `.configuration` or `.corrupt`, with a message for the operator.
    public let open: @Sendable (StoreURL, DriverOptions) async throws(DriverError) -> any Driver

    /// A factory from its parts.
    public init(
        scheme: String, aliases: [String] = [], form: String, summary: String, parameters: [StoreParameter] = [],
        open: @escaping @Sendable (StoreURL, DriverOptions) async throws(DriverError) -> any Driver
    ) {
        self.scheme = scheme
        self.aliases = aliases
        self.form = form
        self.summary = summary
        self.parameters = parameters
        self.open = open
    }
}
