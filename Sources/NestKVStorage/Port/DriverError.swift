/// A store's failure as its driver classified it. ``KeyValueStore`` wraps it once into a ``StoreError``.
public struct DriverError: Error, Sendable {
    /// What kind of failure it is.
    public enum Kind: Sendable {
        /// An expectation of a commit doesn't hold; nothing was changed.
        case conflict
        /// The store is unavailable or refuses to work for now; nothing was changed.
        case unavailable
        /// The store has no room; nothing was changed.
        case full
        /// The value is too large for the store; nothing was changed.
        case tooLarge
        /// The stored data is damaged.
        case corrupt
        /// Another program stored something at the key that is not JSON, or of a type that nestkv doesn't use.
        case unreadable
        /// The store did not answer in time: the write may or may not have happened.
        case unknown
        /// The operation is already in progress.
        case busy
        /// The store doesn't support this.
        case unsupported
        /// At start: the store's address is invalid.
        case address
        /// At start: the store can't be opened with its configuration.
        case configuration
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// What happened, with which value, and what to do. Safe to show.
    public let message: String
    /// The message of the store's library, for the log.
    public let cause: String?
    /// The leaf at which a commit's expectation failed.
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

    /// The store has no files on this machine.
    static func hasNoBackups(_ capabilities: DriverCapabilities) -> DriverError {
        DriverError(
            .unsupported,
            "The store '\(capabilities.driver)' has no files that this service could back up; write a snapshot with "
                + "'nestkv backup --to FILE', or use the store's own tools.")
    }

    /// The expectation that didn't hold.
    public static func conflict(at key: Key) -> DriverError {
        DriverError(.conflict, "\(key) was changed by another writer meanwhile.", key: key)
    }
}

extension DriverError: CustomStringConvertible {
    public var description: String {
        cause.map { "\(message) (\($0))" } ?? message
    }
}
