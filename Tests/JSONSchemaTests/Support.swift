import MicroJSON
import Testing

@testable import JSONSchema

/// A compiled schema from its text.
func schema(
    _ text: String, options: SchemaOptions = SchemaOptions(), _ registered: [String: String] = [:]
) throws -> CompiledSchema {
    let texts = try registered.mapValues { try JSONText(parsing: $0) }
    return try CompiledSchema(checking: try JSONText(parsing: text), options: options) { texts[$0] }
}

/// Why a schema is refused.
func refusal(
    of text: String, options: SchemaOptions = SchemaOptions(), _ registered: [String: String] = [:]
) throws -> SchemaProblem {
    try #require(throws: SchemaProblem.self) { _ = try schema(text, options: options, registered) }
}

extension CompiledSchema {
    /// Whether a text is valid. Its errors must tell the same.
    func accepts(_ text: String) throws -> Bool {
        let text = try JSONText(parsing: text)
        let isValid = try isValid(text)
        #expect(try errors(in: text).isEmpty == isValid)
        return isValid
    }

    /// What is wrong in a text, as lines of a pointer, the place of the rule, and the detail.
    func problems(in text: String, limit: Int = 32) throws -> [String] {
        try errors(in: try JSONText(parsing: text), limit: limit).map {
            "\($0.pointer) \($0.keywordLocation) \($0.detail)"
        }
    }
}
