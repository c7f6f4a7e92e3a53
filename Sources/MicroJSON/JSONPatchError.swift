/// Why a JSON Patch could not be parsed or applied. Nothing was changed.
public struct JSONPatchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for a program.
    public enum Kind: String, Sendable, Hashable {
        /// The document is not a JSON Patch (RFC 6902 §3 and §4).
        case malformed
        /// A `test` found another value, or none.
        case testFailed
        /// An operation's target is not there, or can't hold what it should.
        case notApplicable
        /// The result would be too large or nested too deeply.
        case tooLarge
    }

    /// What went wrong, for a program.
    public let kind: Kind
    /// Which operation failed, from 0; nil when the document as a whole is wrong.
    public let opIndex: Int?
    /// The pointer that the failure is about.
    public let pointer: String?
    /// What went wrong, in words.
    public let message: String

    /// Makes an error.
    public init(kind: Kind, opIndex: Int? = nil, pointer: String? = nil, message: String) {
        self.kind = kind
        self.opIndex = opIndex
        self.pointer = pointer
        self.message = message
    }

    /// The message, and which operation it is about.
    public var description: String {
        guard let opIndex else { return message }
        return "operation \(opIndex): \(message)"
    }
}
