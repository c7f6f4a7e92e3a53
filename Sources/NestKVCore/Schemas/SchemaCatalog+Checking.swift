import JSONSchema
import MicroJSON
import NestKVStorage

extension SchemaCatalog {
    /// Refuses a value that breaks a schema.
    ///
    /// - Throws: ``StoreError`` `.schemaViolation`, `.schemaTooCostly`.
    func demand(
        _ text: JSONText, _ expected: ExpectedSchema, at path: Key, for side: SchemaTally.Side
    ) throws(StoreError) {
        guard try !isValid(text, expected, at: path, for: side) else { return }
        let compiled = try expected.schema.compiled()
        let errors: [SchemaViolation]
        do throws(BudgetExceeded) {
            errors = try compiled.errors(in: text, limit: errorLimit)
        } catch {
            throw .tooCostly(error, expected.report(at: path), expected.label)
        }
        throw .violation(expected.report(at: path, errors), expected.label)
    }

    /// Whether a value follows a schema.
    ///
    /// - Throws: ``StoreError`` `.schemaTooCostly`.
    func isValid(
        _ text: JSONText, _ expected: ExpectedSchema, at path: Key, for side: SchemaTally.Side
    ) throws(StoreError) -> Bool {
        let compiled = try expected.schema.compiled()
        do throws(BudgetExceeded) {
            let isValid = try compiled.isValid(text)
            tally.add(isValid ? .valid : .invalid, side)
            return isValid
        } catch {
            tally.add(.tooCostly, side)
            throw .tooCostly(error, expected.report(at: path), expected.label)
        }
    }
}
