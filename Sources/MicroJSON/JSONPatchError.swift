/// Why a JSON Patch could not be parsed or applied. Nothing was changed.
public struct JSONPatchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error, for programs.
    public enum Kind: String, Sendable, Hashable {
        /// The document is not a JSON Patch (RFC 6902 §3 and §4).
        case malformed
        /// A `test` found a different value or no value.
        case testFailed
        /// An operation's target doesn't exist or can't contain the value.
        case notApplicable
        /// The result would be too large or nested too deeply.
        case tooLarge
    }

    /// The kind of error, for programs.
    public let kind: Kind
    /// The index of the failed operation, from 0; nil if the document as a whole is invalid.
    public let opIndex: Int?
    /// The pointer at which the operation failed.
    public let pointer: String?
    /// The message.
    public let message: String

    /// An error from its parts.
    public init(kind: Kind, opIndex: Int? = nil, pointer: String? = nil, message: String) {
        self.kind = kind
        self.opIndex = opIndex
        self.pointer = pointer
        self.message = message
    }

    /// The message with the index of the operation.
    public var description: String {
        guard let opIndex else { return message }
        return "operation \(opIndex): \(message)"
    }
}
