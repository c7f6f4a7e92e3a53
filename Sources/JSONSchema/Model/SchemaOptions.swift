/// How a schema is read.
public struct SchemaOptions: Sendable, Hashable {
    /// What the keyword `format` does.
    public enum Formats: Sendable, Hashable {
        /// A text must have its format. A format that isn't known is refused when the schema is compiled.
        case asserted
        /// A text must have its format. A format that isn't known permits every text.
        case assertedIfKnown
        /// Formats say something about a value but refuse nothing, unless the meta-schema asks for their assertion.
        case annotated
    }

    /// What the keyword `format` does.
    public var formats = Formats.asserted
    /// The draft of a schema without `$schema`.
    public var draft = SchemaDraft.draft2020
    /// What the schema and one validation may cost.
    public var limits = SchemaLimits()

    /// Formats are asserted, and a schema without `$schema` is of draft 2020-12.
    public init() {}
}
