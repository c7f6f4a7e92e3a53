/// What a migration and its application may cost.
public struct MigrationLimits: Sendable, Hashable {
    /// The most steps of one list, those inside of `when` included.
    public var maximumSteps = 256
    /// The most `*` in a path.
    public var maximumWildcards = 3
    /// The most bytes of a document after each step, unless it had more before.
    public var maximumBytes = 1 << 20
    /// The most levels of arrays and objects of the result.
    public var maximumDepth = 512
    /// The most bytes that all steps together go over. A step goes over the whole document, one inside of `when` over
    /// the part that it changes.
    public var maximumWork = 256 << 20

    /// The limits that are set where nothing else is.
    public init() {}
}

/// Why a list of steps can't be used.
public struct MigrationProblem: Error, Sendable, Hashable {
    /// Where it is in the list, as a JSON pointer.
    public let location: String
    /// What is wrong and what is expected, in one or two sentences.
    public let detail: String
}

/// Why a document can't be migrated. Nothing was changed.
public struct MigrationFailure: Error, Sendable, Hashable {
    /// The step, as a JSON pointer into the list.
    public let step: String
    /// The path of the step in the document.
    public let path: String
    /// What is wrong, with the value, in one or two sentences.
    public let detail: String
}
