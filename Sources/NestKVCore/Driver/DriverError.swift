/// A store's failure as its driver classified it. ``KeyValueStore`` wraps it once into a ``StoreError``.
public struct DriverError: Error, Sendable {
    /// What kind of failure it is.
    public enum Kind: Sendable {
        /// An expectation of a commit doesn't hold; nothing was changed.
        case conflict
        /// The store is away or refuses to work for now; nothing was changed.
        case unavailable
        /// The store has no room; nothing was changed.
        case full
        /// The store takes no value as large as this; nothing was changed.
        case tooLarge
        /// What the store holds is damaged.
        case corrupt
        /// What another program stored at a key is no value: not JSON, or of a type that nestkv doesn't use.
        case unreadable
        /// The store did not answer in time: the write may or may not have happened.
        case unknown
        /// What was asked for is being done already.
        case busy
        /// The store can't do this at all.
        case unsupported
        /// At start: the store's address can't be understood.
        case address
        /// At start: the store can't be opened as it is configured.
        case configuration
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// What happened, with which value, and what to do. Safe to show.
    public let message: String
    /// The library's own words, for the log.
    public let cause: String?
    /// The leaf that a commit's expectation failed at.
    public let key: Key?
    /// The limit that was exceeded.
    public let limit: Int?

    /// An error from its parts.
    public init(_ kind: Kind, _ message: String, cause: String? = nil, key: Key? = nil, limit: Int? = nil) {
        self.kind = kind
        self.message = message
        self.cause = cause
        self.key = key
        self.limit = limit
    }

    /// The store keeps its files elsewhere, or has none.
    static func hasNoBackups(_ capabilities: DriverCapabilities) -> DriverError {
        DriverError(
            .unsupported,
            "The store '\(capabilities.driver)' has no files that this service could back up: write a snapshot of it with "
                + "'nestkv backup --to FILE', or use the store's own tools.")
    }

    /// The expectation that didn't hold.
    public static func conflict(at key: Key) -> DriverError {
        DriverError(.conflict, "\(key) was changed by someone else meanwhile.", key: key)
    }
}

extension DriverError: CustomStringConvertible {
    public var description: String {
        cause.map { "\(message) (\($0))" } ?? message
    }
}
