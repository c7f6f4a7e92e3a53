/// Settings for all values of one entry point. A setting that isn't given has the service's value.
public struct EntryPointSettings: Hashable, Sendable {
    /// The number of earlier versions of a leaf that are shown; at most as many as the service keeps.
    public var historyDepth: Int?
    /// The lifetime of a leaf that is written without one.
    public var lifetime: Duration?
    /// The most bytes of one value.
    public var valueBytes: Int?
    /// The number of machines that keep each value, in a store on several machines.
    public var replicas: Int?
    /// Whether a write without a precondition is refused.
    public var requiresPrecondition = false
    /// A description of the entry point's purpose.
    public var description: String?

    /// The names of the settings.
    public static let names = ["history", "ttl", "maxValueSize", "replicas", "casRequired", "description"]

    /// Settings of which none is given.
    public init() {}
}
