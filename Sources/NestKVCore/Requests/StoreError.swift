import MicroJSON
import NestKVStorage

/// Any failure of a request to a ``Store``: its kind, a message that is safe to show, and the cause.
public struct StoreError: Error, Sendable {
    /// What went wrong. The raw value is the problem's `code` over HTTP and never changes.
    public enum Code: String, Sendable, CaseIterable {
        case invalidKey = "invalid-key"
        case keyTooLong = "key-too-long"
        case unknownEntryPoint = "unknown-entry-point"
        case notFound = "not-found"
        case gone = "gone"
        case preconditionFailed = "precondition-failed"
        case preconditionRequired = "precondition-required"
        case testFailed = "test-failed"
        case invalidPatch = "invalid-patch"
        case tooManyOperations = "too-many-operations"
        case notANumber = "not-a-number"
        case valueMismatch = "value-mismatch"
        case notApplicable = "not-applicable"
        case valueTooLarge = "value-too-large"
        case subtreeTooLarge = "subtree-too-large"
        case contention = "contention"
        case busy = "busy"
        case unavailable = "store-unavailable"
        case full = "store-full"
        case corrupt = "store-corrupt"
        case unreadable = "unreadable-value"
        case internalError = "internal-error"
        case unknownOutcome = "unknown-outcome"
        case backupRunning = "backup-running"
        case unsupported = "unsupported"
    }

    /// What went wrong.
    public let code: Code
    /// What happened, with which value, and what to do.
    public let message: String
    /// The faulty place in the request's document, as a JSON pointer (RFC 6901).
    public var pointer: String?
    /// The index of the failed operation in a patch, from 0.
    public var operationIndex: Int?
    /// The index of the failed write among several, from 0.
    public var writeIndex: Int?
    /// The index of the failed condition among several, from 0.
    public var conditionIndex: Int?
    /// The limit that was exceeded.
    public var limit: Int?
    /// The current node of the path, if a precondition failed.
    public var current: Node?
    /// The driver's error, for the log.
    public var cause: DriverError?

    /// An error from its parts.
    public init(
        _ code: Code, _ message: String, pointer: String? = nil, operationIndex: Int? = nil, limit: Int? = nil,
        current: Node? = nil, cause: DriverError? = nil
    ) {
        self.code = code
        self.message = message
        self.pointer = pointer
        self.operationIndex = operationIndex
        self.limit = limit
        self.current = current
        self.cause = cause
    }

    /// Converts a driver's error. No other code does.
    init(_ error: any Error) {
        guard let error = error as? DriverError else {
            self.init(.internalError, "The store failed with an unexpected error: \(error).")
            return
        }
        let code: Code =
            switch error.kind {
            case .conflict: .contention
            case .unavailable, .address, .configuration: .unavailable
            case .full: .full
            case .tooLarge: .valueTooLarge
            case .corrupt: .corrupt
            case .unreadable: .unreadable
            case .unknown: .unknownOutcome
            case .busy: .backupRunning
            case .unsupported: .unsupported
            }
        self.init(code, error.message, limit: error.limit, cause: error)
    }

    /// Converts the error of a path or a name.
    public init(_ error: KeyError) {
        let code: Code =
            switch error.kind {
            case .invalid: .invalidKey
            case .tooLong: .keyTooLong
            case .unknownEntryPoint: .unknownEntryPoint
            }
        self.init(code, error.message, limit: error.limit)
    }

    /// Nothing is stored in this view of a path.
    public static func notFound(_ key: Key, _ view: View) -> StoreError {
        let message =
            switch view {
            case .tree: "Nothing is stored at or below \(key)."
            case .leaf: "No leaf is stored at exactly \(key); leave out '?leaf' to read its subtree."
            }
        return StoreError(.notFound, message)
    }
}

extension StoreError {
    /// A copy of this error with some of its members changed.
    func about(_ set: (inout StoreError) -> Void) -> StoreError {
        var error = self
        set(&error)
        return error
    }
}
