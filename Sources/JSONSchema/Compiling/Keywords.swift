/// The keywords whose values are or contain subschemas, of all drafts.
enum Keywords {
    /// The value is a subschema.
    static let single = [
        "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
        "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
    ]
    /// The value is a list of subschemas.
    static let lists = ["allOf", "anyOf", "items", "oneOf", "prefixItems"]
    /// The value is an object with subschemas as values.
    static let maps = ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"]
}

/// What the meta-schema of a schema says about its keywords.
struct Dialect {
    var draft: SchemaDraft
    /// Whether keywords that apply subschemas are known.
    var hasApplicators = true
    /// Whether keywords that assert something, such as `minimum`, are known.
    var hasAssertions = true
    /// Whether formats are asserted, whatever the options say.
    var assertsFormats = false

    init(draft: SchemaDraft) {
        self.draft = draft
    }

    /// The keyword that names a schema.
    var identifier: String { draft == .draft4 ? "id" : "$id" }
    /// Whether a reference hides what is beside it.
    var referenceIsAlone: Bool { draft <= .draft7 }
}
