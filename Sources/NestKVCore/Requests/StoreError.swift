import MicroJSON
import NestKVStorage

/// Any failure of a request to a ``Store``: its kind, a message that is safe to show, and the cause.
public struct StoreError: Error, Sendable {
    /// What went wrong.
    public enum Code: String, Sendable, CaseIterable {
        case invalidKey
        case keyTooLong
        case unknownEntryPoint
        case notFound
        case gone
        case preconditionFailed
        case preconditionRequired
        case testFailed
        case invalidPatch
        case notANumber
        case valueMismatch
        case notApplicable
        case valueTooLarge
        case subtreeTooLarge
        case contention
        case busy
        case unavailable
        case full
        case corrupt
        case unreadable
        case unknownOutcome
        case backupRunning
        case unsupported
        case schemaViolation
        case unknownSchema
        case invalidSchema
        case unresolvableReference
        case schemaTooCostly
        case schemaInUse
        case invalidStoredValue
        case noMigration
        case invalidMigration
        case migrationFailed
        case incompatibleSchema
    }

    /// What the sender of the request can do instead. An interface says how.
    public enum Remedy: Sendable {
        /// State a precondition.
        case statePrecondition
        /// Read the subtree of the path instead of its leaf.
        case readSubtree
        /// Read the history of a leaf instead of the past of a subtree.
        case readLeafHistory
        /// List the leaves or the members, and read some of them.
        case listParts
        /// Store it in spite of the error.
        case force
        /// Read the value as it is stored, whatever its schema says.
        case readStored
    }

    /// What went wrong.
    public let code: Code
    /// What happened, with which value.
    public let message: String
    /// What to do, if an interface has words of its own for it.
    public var remedy: Remedy?
    /// The precondition that failed.
    public var unmet: Precondition.Failure?
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
    /// What is wrong with a schema, or with a value by its schema.
    public var report: SchemaReport?

    /// An error from its parts.
    public init(
        _ code: Code, _ message: String, _ remedy: Remedy? = nil, pointer: String? = nil, operationIndex: Int? = nil,
        limit: Int? = nil, current: Node? = nil, cause: DriverError? = nil
    ) {
        self.code = code
        self.remedy = remedy
        self.message = message
        self.pointer = pointer
        self.operationIndex = operationIndex
        self.limit = limit
        self.current = current
        self.cause = cause
    }

    /// Converts a driver's error. No other code does.
    init(_ error: DriverError) {
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
        switch view {
        case .tree: StoreError(.notFound, "Nothing is stored at or below \(key).")
        case .leaf: StoreError(.notFound, "No leaf is stored at exactly \(key).", .readSubtree)
        }
    }

    /// A precondition of a request fails.
    ///
    /// - Parameter current: the path's node; nil if what was read is not a value.
    public static func unmet(_ failure: Precondition.Failure, current: Node?) -> StoreError {
        var error = StoreError(.preconditionFailed, "A precondition of the request fails.", current: current)
        error.unmet = failure
        return error
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
