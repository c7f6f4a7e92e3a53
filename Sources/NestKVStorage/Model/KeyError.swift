/// Why a path or a name can't be a key.
public struct KeyError: Error, Sendable {
    /// What is wrong.
    public enum Kind: Sendable {
        /// No key has this form.
        case invalid
        /// It exceeds ``KeyLimits``.
        case tooLong
        /// The service doesn't have the entry point.
        case unknownEntryPoint
    }

    /// What is wrong.
    public let kind: Kind
    /// What is wrong, with which value, and what to do.
    public let message: String
    /// The limit that was exceeded.
    public let limit: Int?

    /// An error from its parts.
    public init(_ kind: Kind, _ message: String, limit: Int? = nil) {
        self.kind = kind
        self.message = message
        self.limit = limit
    }
}
