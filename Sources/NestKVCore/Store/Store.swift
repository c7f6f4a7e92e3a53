import MicroJSON

/// A versioned JSON tree: what the HTTP interface speaks to. ``KeyValueStore`` is one over a ``Driver``; decorators
/// wrap one and add a concern (see ``StoreDecorator``).
public protocol Store: Sendable {
    /// What the store below can do and guarantees.
    var capabilities: DriverCapabilities { get }
    /// The limits on what is stored.
    var limits: StoreLimits { get }

    /// What stands at a path. A path where nothing stands is a node that doesn't exist, not an error.
    ///
    /// - Throws: ``StoreError`` `.subtreeTooLarge` when a read of it would exceed the limits.
    func get(_ key: Key, _ view: View) async throws(StoreError) -> Node

    /// The retained records of the leaf at exactly the path, newest first, its deletions included.
    func history(_ key: Key, limit: Int) async throws(StoreError) -> [Record]

    /// One version of the leaf at exactly the path; nil when it is not retained any more or never was.
    func version(_ version: UInt64, of key: Key) async throws(StoreError) -> Record?

    /// Replaces everything at and below a path by a value.
    func put(_ value: PutValue, at key: Key, _ options: WriteOptions) async throws(StoreError) -> WriteResult

    /// Changes the composed value at a path. A merge patch of a path where nothing stands creates it.
    func patch(_ patch: Patch, at key: Key, _ options: WriteOptions) async throws(StoreError) -> WriteResult

    /// Deletes everything at and below a path.
    func delete(_ key: Key, _ options: WriteOptions) async throws(StoreError) -> WriteResult

    /// Stores a value as a new child with a time-ordered name.
    func append(_ value: JSONText, to key: Key, _ options: WriteOptions) async throws(StoreError) -> WriteResult

    /// The retained changes of a feed after a revision, oldest first, at most `limit`; empty when there are none yet.
    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws(StoreError) -> ChangePage

    /// Returns when a feed's revision is greater than `revision`, or the waiting task is cancelled.
    func waitForChange(in feed: Feed, after revision: Revision) async throws(StoreError)

    /// The names one level below a path in byte order, from after `after` on. With ``Key/root``: the entry points.
    func names(below key: Key, after: [UInt8]?, limit: Int) async throws(StoreError) -> [[UInt8]]

    /// The state of the store now.
    func health() async -> DriverHealth

    /// Finishes what is in flight and closes the store.
    func shutdown() async
}

/// How a path is looked at.
public enum View: Sendable {
    /// The composed value: ancestors' documents, the leaf, and everything below.
    case tree
    /// The stored leaf at exactly the path, alone (`?leaf`).
    case leaf
}

/// What a `PUT` stores.
public enum PutValue: Sendable {
    /// One value, as one leaf or as a part of the document that the path lies in.
    case whole(JSONText)
    /// An object as one leaf for each member, this many levels down.
    case flattened(JSONText, depth: Int)
}

/// A change of a value.
public enum Patch: Sendable {
    /// JSON merge patch (RFC 7396).
    case merge(JSONValue)
    /// JSON patch (RFC 6902).
    case operations(JSONPatch)
}

/// What a writer asks for besides the write itself.
public struct WriteOptions: Sendable {
    /// How the path is looked at.
    public var view: View
    /// What must be true for the write to happen.
    public var precondition: Precondition
    /// What the writer says of the change. For a patch, nil tags keep those that the leaf has.
    public var attribution: Attribution
    /// Whether ``Attribution/tags`` were given at all.
    public var hasTags: Bool
    /// Names this write in the log.
    public var transactionID: TransactionID

    /// Options from their parts.
    public init(
        view: View = .tree, precondition: Precondition = .none, attribution: Attribution = .none, hasTags: Bool = false,
        transactionID: TransactionID = .next()
    ) {
        self.view = view
        self.precondition = precondition
        self.attribution = attribution
        self.hasTags = hasTags
        self.transactionID = transactionID
    }
}

/// What a write did.
public struct WriteResult: Sendable {
    /// The path that was written; for an append the new child's.
    public let key: Key
    /// Whether nothing had been there.
    public let isCreation: Bool
    /// What stands at the path now.
    public let node: Node
    /// The leaves that were set and deleted.
    public let setCount: Int, deletedCount: Int
    /// The store's revision of the write.
    public let revision: Revision
    /// How durable the write is.
    public let durability: Durability
}

/// Limits on what is stored. All are published at `/_capabilities`.
public struct StoreLimits: Sendable {
    /// The most bytes of one value, minified.
    public var valueBytes: Int
    /// The most levels of nesting of a value.
    public var valueDepth: Int
    /// The most bytes of a composed value.
    public var composedBytes: Int
    /// The most leaves that one read composes or one write changes.
    public var leaves: Int
    /// What a key may be.
    public var keys: KeyLimits

    /// 1 MiB and 512 levels a value; 64 MiB and 200,000 leaves a subtree.
    public static let standard = StoreLimits(
        valueBytes: 1 << 20, valueDepth: 512, composedBytes: 64 << 20, leaves: 200_000, keys: .standard)

    /// Limits from their parts.
    public init(valueBytes: Int, valueDepth: Int, composedBytes: Int, leaves: Int, keys: KeyLimits) {
        self.valueBytes = valueBytes
        self.valueDepth = valueDepth
        self.composedBytes = composedBytes
        self.leaves = leaves
        self.keys = keys
    }
}
