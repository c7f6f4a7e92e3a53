/// The abilities and guarantees of a store. They are data, so that `/_capabilities` can publish them and tests can
/// depend on them.
public struct DriverCapabilities: Sendable {
    /// The driver's name: `memory`, `rocksdb`, …
    public var driver: String
    /// How durable an acknowledged write is.
    public var durability: Durability
    /// What one commit can change, all or nothing.
    public var atomicity: Atomicity
    /// The most leaves that one commit changes; nil for any number.
    public var leavesPerCommit: Int?
    /// Whether other processes may write to the same store.
    public var isShared: Bool
    /// The changes that the store's revisions count, and therefore how many feeds it has.
    public var revisionScope: RevisionScope
    /// The number of earlier versions of a leaf that are kept.
    public var historyDepth: Int
    /// How much of the change feed is kept.
    public var feedRetention: FeedRetention

    /// The number of machines that keep an entry point by default.
    public var replicas: Int
    /// The most machines that can keep an entry point.
    public var replicasMax: Int
    /// The entry points, among those used so far, that have weaker guarantees.
    public var exceptions: [EntryPointException] = []

    /// Capabilities from their parts.
    public init(
        driver: String, durability: Durability, atomicity: Atomicity = .store, leavesPerCommit: Int? = nil,
        isShared: Bool, revisionScope: RevisionScope = .store, historyDepth: Int, feedRetention: FeedRetention,
        replicas: Int = 1, replicasMax: Int = 1
    ) {
        self.driver = driver
        self.durability = durability
        self.atomicity = atomicity
        self.leavesPerCommit = leavesPerCommit
        self.isShared = isShared
        self.revisionScope = revisionScope
        self.historyDepth = historyDepth
        self.feedRetention = feedRetention
        self.replicas = replicas
        self.replicasMax = replicasMax
    }
}

/// The weaker guarantees of an entry point that another program created.
public struct EntryPointException: Sendable {
    /// The entry point.
    public let name: [UInt8]
    /// What one commit can change in it, all or nothing.
    public let atomicity: Atomicity
    /// Whether a read takes several requests to the store.
    public let isReadSlowly: Bool

    /// An exception from its parts.
    public init(name: [UInt8], atomicity: Atomicity, isReadSlowly: Bool) {
        self.name = name
        self.atomicity = atomicity
        self.isReadSlowly = isReadSlowly
    }
}

/// What a commit can change, all or nothing. A commit that would change more is refused.
public enum Atomicity: String, Sendable {
    /// One leaf.
    case leaf
    /// Leaves of one entry point.
    case entryPoint
    /// Leaves anywhere in the store.
    case store
}

/// The state of a store for a health probe.
public struct DriverHealth: Sendable {
    /// Whether reads are answered.
    public var canRead: Bool
    /// Whether writes are accepted.
    public var canWrite: Bool
    /// Whether acknowledged writes are known to be lost. The remaining data is served, but no client should be routed
    /// here.
    public var isDamaged: Bool
    /// What is wrong; nil if the store is healthy.
    public var problem: String?
    /// When the problem began.
    public var since: Timestamp?

    /// The state of a healthy store.
    public static let good = DriverHealth(canRead: true, canWrite: true)

    /// Whether requests should be routed here.
    public var isReady: Bool { canRead && canWrite && !isDamaged }

    /// A health from its parts.
    public init(
        canRead: Bool, canWrite: Bool, isDamaged: Bool = false, problem: String? = nil, since: Timestamp? = nil
    ) {
        self.canRead = canRead
        self.canWrite = canWrite
        self.isDamaged = isDamaged
        self.problem = problem
        self.since = since
    }
}
