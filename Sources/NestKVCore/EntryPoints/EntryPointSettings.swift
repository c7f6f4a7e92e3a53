/// What holds for all values of one entry point. What isn't set is as the service has it.
public struct EntryPointSettings: Hashable, Sendable {
    /// Versions of a leaf that are shown besides the current one; at most what the service keeps.
    public var historyDepth: Int?
    /// How long a leaf stays that is written without a time of its own.
    public var lifetime: Duration?
    /// The most bytes of one value.
    public var valueBytes: Int?
    /// On how many machines a store that has several keeps each value.
    public var replicas: Int?
    /// Whether a write without a precondition is refused.
    public var requiresPrecondition = false
    /// What it is for.
    public var description: String?

    /// What the settings are called.
    public static let names = ["history", "ttl", "maxValueSize", "replicas", "casRequired", "description"]

    /// Nothing set.
    public init() {}
}

/// What an entry point holds.
public struct EntryPointUsage: Sendable {
    /// Its leaves.
    public var leaves = 0
    /// The bytes of their keys and values.
    public var bytes = 0
    /// The greatest revision among its leaves; nil: it is empty.
    public var revision: Revision?
}
