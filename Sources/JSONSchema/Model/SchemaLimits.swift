/// What a schema and one validation may cost. Above a limit, there is an error that names it, never a verdict.
public struct SchemaLimits: Sendable, Hashable {
    /// The most bytes of a schema's text.
    public var maximumBytes = 1 << 20
    /// The most bytes of a schema together with the schemas that it refers to.
    public var maximumBundleBytes = 4 << 20
    /// The most subschemas, those of schemas that it refers to included.
    public var maximumSubschemas = 100_000
    /// The most levels of arrays and objects in a schema.
    public var maximumLevels = 256
    /// The most steps of one validation. Each subschema that is applied to a value is one, and so is each comparison of
    /// two values.
    public var maximumSteps = 1_000_000
    /// The most subschemas inside one another during a validation. Each takes less than 1 KiB of the thread's stack.
    public var maximumDepth = 2_048
    /// The most steps of a search for one pattern, as PCRE2 counts them.
    public var maximumPatternSteps = 100_000
    /// The time that all searches for patterns of one validation may take. The clock is read every 64 searches.
    public var maximumPatternTime = Duration.milliseconds(50)

    /// The limits that are set where nothing else is.
    public init() {}
}
