import MicroJSON

/// A JSON Schema, compiled. It never changes, and any number of threads may validate with it at the same time.
///
/// It knows the drafts 4, 6, 7, 2019-09 and 2020-12. A value is validated straight over its text: no tree of values is
/// built, and a valid value costs no allocation, unless the schema has `unevaluatedProperties`, `unevaluatedItems` or
/// references that depend on the way to them, or a string with escapes or an array of unique elements is long.
public final class CompiledSchema: Sendable {
    let program: Program
    private let limits: SchemaLimits

    /// Compiles a schema.
    ///
    /// References lead to parts of the schema, to the meta-schemas of the drafts, and to what `registered` gives for
    /// the URI of a reference, without its fragment. Nothing is ever fetched.
    ///
    /// - Parameters:
    ///   - text: The schema.
    ///   - uri: The URI of the schema, if it has no `$id`. Relative references start from it.
    ///   - options: How the schema is read.
    ///   - registered: Gives the text of the schema with a URI; nil if no schema has it.
    /// - Throws: `SchemaProblem` with the place and what is wrong there. Only what is needed for validation is checked;
    ///   ``init(checking:uri:options:registered:)`` checks all.
    public init(
        _ text: JSONText, uri: String = "", options: SchemaOptions = SchemaOptions(),
        registered: @escaping (String) -> JSONText? = { _ in nil }
    ) throws(SchemaProblem) {
        program = try Compiler.compile(text, uri: uri, options: options, resolver: registered)
        limits = options.limits
    }

    /// Checks a schema against the meta-schema of its draft, or that which its `$schema` names, and compiles it.
    ///
    /// - Throws: `SchemaProblem`, whose violations are the rules of the meta-schema that the schema breaks.
    public convenience init(
        checking text: JSONText, uri: String = "", options: SchemaOptions = SchemaOptions(),
        registered: @escaping (String) -> JSONText? = { _ in nil }
    ) throws(SchemaProblem) {
        try Self.check(text, options: options, registered: registered)
        try self.init(text, uri: uri, options: options, registered: registered)
    }

    /// Whether a value follows the schema.
    ///
    /// - Throws: `BudgetExceeded` if there is no verdict, because it would cost too much.
    public func isValid(_ text: JSONText) throws(BudgetExceeded) -> Bool {
        // The closure loses an error's type, so it carries the result out.
        let (end, exceeded) = text.utf8.withUnsafeBufferPointer { run($0) }
        if let exceeded { throw BudgetExceeded(exceeded, limits: limits) }
        return end >= 0
    }

    /// Whether a value follows the schema. The bytes must be a checked and minified text.
    ///
    /// - Throws: `BudgetExceeded` if there is no verdict, because it would cost too much.
    public func isValid(trusted bytes: UnsafeBufferPointer<UInt8>) throws(BudgetExceeded) -> Bool {
        let (end, exceeded) = run(bytes)
        if let exceeded { throw BudgetExceeded(exceeded, limits: limits) }
        return end >= 0
    }

    private func run(_ buffer: UnsafeBufferPointer<UInt8>) -> (end: Int, exceeded: BudgetExceeded.Budget?) {
        guard let base = buffer.baseAddress, !buffer.isEmpty else { return (-1, nil) }
        let bytes = Bytes(base: base, count: buffer.count)
        var validator = Validator(program, text: bytes, expense: Expense(limits), sink: Silence())
        let end = validator.check(program.tables.root, at: 0)
        return (end, validator.expense.exceeded)
    }

    /// The rules that a value breaks, in the order in which they are found; empty if it follows the schema.
    ///
    /// For `anyOf` and `oneOf`, these are the rules of the branch that fits best.
    ///
    /// - Parameter limit: The most errors.
    /// - Throws: `BudgetExceeded` if there is no verdict, because it would cost too much.
    public func errors(in text: JSONText, limit: Int = 32) throws(BudgetExceeded) -> [SchemaViolation] {
        guard try !isValid(text) else { return [] }
        let (errors, exceeded) = text.utf8.withUnsafeBufferPointer { buffer in
            // An invalid text is never empty.
            let bytes = Bytes(base: buffer.baseAddress!, count: buffer.count)
            let collector = Collector(limit: max(limit, 1))
            var validator = Validator(program, text: bytes, expense: Expense(limits), sink: collector)
            _ = validator.check(program.tables.root, at: 0)
            return (validator.sink.errors, validator.expense.exceeded)
        }
        // What was found before a limit was reached is right, so it is said.
        if errors.isEmpty, let exceeded { throw BudgetExceeded(exceeded, limits: limits) }
        return errors
    }
}
