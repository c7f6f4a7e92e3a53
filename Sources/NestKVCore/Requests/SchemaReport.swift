import JSONSchema
import NestKVStorage

/// What is wrong with a schema, or with a value by its schema. An object, so that an error stays small.
public final class SchemaReport: Sendable {
    /// The path of the value.
    public let path: Key?
    /// The hash of the schema.
    public let hash: String?
    /// The name and version of the schema, if they are known.
    public let name: String?
    public let version: UInt64?
    /// The broken rules.
    public let errors: [SchemaViolation]
    /// The bindings that use the schema.
    public let bindings: [String]
    /// The migrations that name the schema.
    public let migrations: [String]
    /// The number of leaves that use the schema.
    public let leaves: Int?
    /// The values that a migration can't bring to its schema, the first ones, and the number of all.
    public let unmigrated: [UnmigratedValue], unmigratedCount: Int
    /// How the schema fits earlier versions.
    public let compatibility: CompatibilityReport?

    init(
        path: Key? = nil, hash: String? = nil, name: String? = nil, version: UInt64? = nil,
        errors: [SchemaViolation] = [], bindings: [String] = [], migrations: [String] = [], leaves: Int? = nil,
        unmigrated: [UnmigratedValue] = [], unmigratedCount: Int = 0, compatibility: CompatibilityReport? = nil
    ) {
        (self.path, self.hash, self.name, self.version) = (path, hash, name, version)
        (self.errors, self.bindings, self.migrations, self.leaves) = (errors, bindings, migrations, leaves)
        (self.unmigrated, self.unmigratedCount) = (unmigrated, unmigratedCount)
        self.compatibility = compatibility
    }
}

/// A value that a migration can't bring to its schema.
public struct UnmigratedValue: Sendable {
    /// Where a value is.
    public enum Source: Sendable {
        /// A stored value.
        case stored(Key)
        /// A value in the request, by its JSON pointer.
        case request(String)
        /// An example in the schema that the migration begins at, by its JSON pointer.
        case schema(String)
    }

    /// Where the value is.
    public let source: Source
    /// Why it can't be migrated.
    public let detail: String

    init(_ source: Source, _ detail: String) { (self.source, self.detail) = (source, detail) }
}

extension StoreError {
    /// Converts the error of a schema that can't be used.
    init(_ problem: SchemaProblem) {
        let code: Code =
            switch problem.code {
            case .invalidSchema: .invalidSchema
            case .unresolvableReference: .unresolvableReference
            case .tooCostly: .schemaTooCostly
            }
        self.init(code, problem.detail, pointer: problem.location.isEmpty ? nil : problem.location)
        report = SchemaReport(errors: problem.violations)
    }

    /// A value breaks its schema.
    ///
    /// - Parameter label: the schema as messages call it.
    static func violation(_ report: SchemaReport, _ label: String) -> StoreError {
        let count = report.errors.count
        var message = "The value of \(report.path ?? .root) breaks \(count) rule\(count == 1 ? "" : "s") of \(label)"
        if let first = report.errors.first {
            message += first.instanceLocation.isEmpty ? ": " : ", at \(first.instanceLocation): "
            message += first.detail
            if count > 1 { message += " The other\(count == 2 ? " is" : "s are") in 'errors'." }
        }
        var error = StoreError(.schemaViolation, message)
        error.report = report
        return error
    }

    /// A value is too expensive to check.
    static func tooCostly(_ exceeded: BudgetExceeded, _ report: SchemaReport, _ label: String) -> StoreError {
        var error = StoreError(
            .schemaTooCostly,
            "The value of \(report.path ?? .root) can't be checked against \(label). \(exceeded.detail)")
        error.report = report
        return error
    }
}
