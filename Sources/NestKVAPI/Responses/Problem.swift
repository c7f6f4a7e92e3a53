import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

/// An error as the client sees it: `application/problem+json` (RFC 9457). Only this type assigns a status to an error.
public struct Problem: Error, Sendable {
    /// Errors of the HTTP interface itself, in addition to those of the store.
    public enum Code: String, Sendable, CaseIterable {
        case invalidParameter = "invalid-parameter"
        case invalidHeader = "invalid-header"
        case invalidJSON = "invalid-json"
        case invalidPayload = "invalid-payload"
        case unknownPath = "unknown-path"
        case methodNotAllowed = "method-not-allowed"
        case notAcceptable = "not-acceptable"
        case unsupportedMediaType = "unsupported-media-type"
        case originNotAllowed = "origin-not-allowed"
        case idempotencyMismatch = "idempotency-mismatch"
        case idempotencyConflict = "idempotency-conflict"
        case transactionFailed = "transaction-failed"
        case tooManyOperations = "too-many-operations"
        case internalError = "internal-error"
    }

    let status: Int
    let code: String
    let title: String
    let detail: String
    var headers: HeaderFields = [:]
    var source: StoreError?
    var limit: Int?
    var position: JSONSyntaxError?
    /// The index of the operation that failed.
    var opIndex: Int?
    /// The index of the condition that failed in a transaction.
    var conditionIndex: Int?
    /// The code of the problem that made a transaction fail.
    var cause: String?
    /// The faulty place in the request's document, as a JSON pointer (RFC 6901).
    var pointer: String?

    /// An error of the HTTP interface itself.
    init(_ code: Code, _ detail: String, headers: HeaderFields = [:]) {
        (status, title) =
            switch code {
            case .invalidParameter: (400, "Invalid query parameter")
            case .invalidHeader: (400, "Invalid header field")
            case .invalidJSON: (400, "Invalid JSON")
            case .invalidPayload: (400, "Invalid payload")
            case .unknownPath: (404, "Unknown path")
            case .methodNotAllowed: (405, "Method not allowed")
            case .notAcceptable: (406, "Not acceptable")
            case .unsupportedMediaType: (415, "Unsupported media type")
            case .originNotAllowed: (403, "Origin not allowed")
            case .idempotencyMismatch: (422, "Idempotency key used for another request")
            case .idempotencyConflict: (409, "Idempotency key in use")
            case .transactionFailed: (409, "Transaction failed")
            case .tooManyOperations: (413, "Too many operations")
            case .internalError: (500, "Internal error")
            }
        self.code = code.rawValue
        self.detail = detail
        self.headers = headers
    }

    /// Converts any error that reaches the interface.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as StoreError: self.init(error)
        case let error as KeyError: self.init(StoreError(error))
        case let error as JSONSyntaxError: self.init(error)
        default: self.init(.internalError, "The request failed with an unexpected error; see the log.")
        }
    }

    /// A store's error, on a request whose conditions are header fields.
    init(_ error: StoreError) { self.init(error, statedIn: .request) }

    /// A store's error.
    init(_ error: StoreError, statedIn source: StatementSource) {
        (status, code, title) = Self.kind(of: error.code)
        detail = error.detail(for: source)
        limit = error.limit
        pointer = error.pointer
        self.source = error
        if status == 503 { headers.add(.retryAfter, "1") }
        if let current = error.current, current.exists { headers.add(.eTag, current.etag.description) }
    }

    /// A failed transaction: 409 with the operation's index and the operation's own problem code as the cause. A
    /// problem that is not the client's fault keeps its status.
    init(transaction error: StoreError) {
        let problem = Problem(error, statedIn: error.conditionIndex == nil ? .operation : .condition)
        guard (400..<500).contains(problem.status) else {
            self = problem
            return
        }
        let place =
            error.writeIndex.map { "operation \($0)" } ?? error.conditionIndex.map { "condition \($0)" } ?? "the commit"
        self.init(.transactionFailed, "Nothing was changed: \(place) failed. \(problem.detail)")
        source = error
        limit = error.limit
        cause = problem.code
        opIndex = error.writeIndex
        conditionIndex = error.conditionIndex
    }

    /// A body that is not JSON.
    init(_ error: JSONSyntaxError) {
        if error.code == .size {
            self.init(StoreError(.valueTooLarge, error.description))
        } else {
            self.init(.invalidJSON, error.description)
            if error.code == .range { limit = JSONLimits.exponentDigits }
        }
        position = error
    }

    /// A request that the HTTP server refused by itself.
    init(_ rejection: Rejection) {
        status = rejection.status
        code = rejection.code
        title = rejection.code.split(separator: "-").joined(separator: " ").capitalizedFirst
        detail =
            if case .misdirected(let host) = rejection {
                "The host '\(host)' is not served here; to allow it, add it to --allowed-hosts."
            } else {
                rejection.detail
            }
        limit = rejection.limit
        if let retryAfter = rejection.retryAfter { headers.add(.retryAfter, retryAfter.value) }
    }

    /// The status, code and title of a store's errors.
    private static func kind(of code: StoreError.Code) -> (Int, String, String) {
        switch code {
        case .invalidKey: (400, "invalid-key", "Invalid path")
        case .keyTooLong: (414, "key-too-long", "Key too long")
        case .unknownEntryPoint: (404, "unknown-entry-point", "Unknown entry point")
        case .notFound: (404, "not-found", "Not found")
        case .gone: (410, "gone", "Gone")
        case .preconditionFailed: (412, "precondition-failed", "Precondition failed")
        case .preconditionRequired: (428, "precondition-required", "Precondition required")
        case .testFailed: (409, "test-failed", "Test failed")
        case .invalidPatch: (400, "invalid-patch", "Invalid patch")
        case .notANumber: (409, "not-a-number", "Not a number")
        case .valueMismatch: (409, "value-mismatch", "Value mismatch")
        case .notApplicable: (422, "not-applicable", "Not applicable")
        case .valueTooLarge: (413, "value-too-large", "Value too large")
        case .subtreeTooLarge: (422, "subtree-too-large", "Subtree too large")
        case .contention: (503, "contention", "Too many writers")
        case .busy: (503, "busy", "Too many expensive requests")
        case .unavailable: (503, "store-unavailable", "Store unavailable")
        case .full: (507, "store-full", "Store full")
        case .corrupt: (503, "store-corrupt", "Store damaged")
        case .unreadable: (422, "unreadable-value", "Unreadable value")
        case .unknownOutcome: (504, "unknown-outcome", "Outcome unknown")
        case .backupRunning: (409, "backup-running", "Backup in progress")
        case .unsupported: (501, "unsupported", "Not supported by the store")
        case .schemaViolation: (422, "schema-violation", "Value breaks its schema")
        case .unknownSchema: (422, "unknown-schema", "Unknown schema")
        case .invalidSchema: (422, "invalid-schema", "Invalid schema")
        case .unresolvableReference: (422, "unresolvable-reference", "Unresolvable reference")
        case .schemaTooCostly: (422, "schema-too-costly", "Schema too costly")
        case .schemaInUse: (409, "schema-in-use", "Schema in use")
        case .invalidStoredValue: (422, "invalid-stored-value", "Invalid stored value")
        case .noMigration: (406, "no-migration", "No migration")
        case .invalidMigration: (422, "invalid-migration", "Invalid migration")
        case .migrationFailed: (422, "migration-failed", "Migration failed")
        case .incompatibleSchema: (409, "incompatible-schema", "Incompatible schema")
        }
    }

    /// The service has no such path of its own.
    static let unknownPath = Problem(
        .unknownPath,
        "The service has no such path. Paths that begin with '_' are reserved for it; GET / lists them.")

    /// The path exists, but doesn't accept this method.
    static func methodNotAllowed(_ request: Request, _ allow: String) -> Problem {
        Problem(
            .methodNotAllowed, "The method \(request.method) is not allowed here; use one of: \(allow).",
            headers: [.allow: allow])
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
