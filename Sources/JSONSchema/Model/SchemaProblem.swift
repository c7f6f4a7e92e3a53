/// Why a schema can't be used.
public struct SchemaProblem: Error, Sendable, Hashable {
    /// What kind of problem it is.
    public enum Code: String, Sendable, Hashable {
        /// The schema breaks the rules of its draft.
        case invalidSchema = "invalid-schema"
        /// A reference leads to nothing that is known.
        case unresolvableReference = "unresolvable-reference"
        /// The schema is larger than a limit, or it refers to itself without end.
        case tooCostly = "schema-too-costly"
    }

    /// What kind of problem it is.
    public let code: Code
    /// Where it is in the schema, as a JSON pointer, behind the URI of the schema if it is another one.
    public let location: String
    /// What is wrong and what is expected, in one or two sentences.
    public let detail: String
    /// The rules of the meta-schema that the schema breaks, if it was checked against it.
    public let violations: [SchemaViolation]

    init(_ code: Code, at location: String, _ detail: String, violations: [SchemaViolation] = []) {
        self.code = code
        self.location = location
        self.detail = detail
        self.violations = violations
    }
}
