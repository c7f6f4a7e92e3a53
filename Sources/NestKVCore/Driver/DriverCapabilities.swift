/// What a store can do and guarantees. Data, not code: `/_capabilities` publishes it and tests choose by it.
public struct DriverCapabilities: Sendable {
    /// The driver's name: `memory`, `rocksdb`, …
    public var driver: String
    /// How durable an acknowledged write is.
    public var durability: Durability
    /// What one commit may change, all or nothing.
    public var atomicity: Atomicity
    /// The most leaves that one commit changes; nil: any number.
    public var leavesPerCommit: Int?
    /// Whether other processes may write to the same store.
    public var isShared: Bool
    /// What the store's revisions count, and so how many feeds it has.
    public var revisionScope: RevisionScope
    /// The versions of a leaf that are kept besides the current one.
    public var historyDepth: Int
    /// How much of the change feed is kept.
    public var feedRetention: FeedRetention

    /// On how many machines the store keeps an entry point that doesn't say.
    public var replicas: Int
    /// On how many it may.
    public var replicasMax: Int
    /// The entry points, of those used so far, for which less holds.
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

/// What an entry point can't do that others of the store can, as another program made it.
public struct EntryPointException: Sendable {
    /// The entry point.
    public let name: [UInt8]
    /// What one commit may change in it, all or nothing.
    public let atomicity: Atomicity
    /// Whether a read takes several requests of the store.
    public let isReadSlowly: Bool

    /// An exception from its parts.
    public init(name: [UInt8], atomicity: Atomicity, isReadSlowly: Bool) {
        self.name = name
        self.atomicity = atomicity
        self.isReadSlowly = isReadSlowly
    }
}

/// What a commit may change, all or nothing. A commit that changes more is refused as a whole.
public enum Atomicity: String, Sendable {
    /// One leaf.
    case leaf
    /// Leaves of one entry point.
    case entryPoint
    /// Leaves anywhere in the store.
    case store
}

/// A store's state as a probe sees it.
public struct DriverHealth: Sendable {
    /// Whether reads are answered.
    public var canRead: Bool
    /// Whether writes are accepted.
    public var canWrite: Bool
    /// Whether acknowledged writes are lost, as far as is known. What is left is served, and no client should be sent
    /// here.
    public var isDamaged: Bool
    /// Why not, and since when; nil when all is well.
    public var problem: String?
    /// When the problem began.
    public var since: Timestamp?

    /// All is well.
    public static let good = DriverHealth(canRead: true, canWrite: true)

    /// Whether requests should be sent here.
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
