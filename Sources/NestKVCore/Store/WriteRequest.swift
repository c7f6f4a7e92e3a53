import MicroJSON

/// One write to a path.
public struct WriteRequest: Sendable {
    /// What to do.
    public let operation: WriteOperation
    /// The path.
    public let key: Key
    /// What the writer asks for besides.
    public let options: WriteOptions

    /// A request from its parts.
    public init(_ operation: WriteOperation, at key: Key, _ options: WriteOptions = WriteOptions()) {
        self.operation = operation
        self.key = key
        self.options = options
    }
}

/// What must be true of a path for writes elsewhere.
public struct Condition: Sendable {
    /// The path.
    public let key: Key
    /// What must be true of it.
    public let precondition: Precondition

    /// A condition from its parts.
    public init(_ key: Key, _ precondition: Precondition) {
        self.key = key
        self.precondition = precondition
    }
}

/// What a write does.
public enum WriteOperation: Sendable {
    /// Replaces everything at and below the path.
    case put(PutValue)
    /// Changes the composed value. A merge patch of a path where nothing stands creates it.
    case patch(Patch)
    /// Deletes everything at and below the path.
    case delete
    /// Stores a value as a new child with a time-ordered name.
    case append(JSONText)
    /// Adds to the number that stands at the path, exactly; where nothing stands, to 0.
    case increment(by: JSONText)
    /// Replaces everything at and below the path, and gives back what was there.
    case swap(JSONText)
    /// Replaces everything at and below the path if it equals a value as JSON.
    case compareAndSwap(expected: JSONValue, JSONText)
    /// Sets how long the leaves at and below the path stay (``WriteOptions/lifetime``), values untouched.
    case expire
    /// Lets the leaves at and below the path stay for ever.
    case persist
    /// Puts a value back that a version of the leaf at exactly the path had.
    case restore(version: UInt64)

    /// Its name for the log and the metrics.
    public var name: String {
        switch self {
        case .put: "put"
        case .patch: "patch"
        case .delete: "delete"
        case .append: "append"
        case .increment: "increment"
        case .swap: "swap"
        case .compareAndSwap: "compare-and-swap"
        case .expire: "expire"
        case .persist: "persist"
        case .restore: "restore"
        }
    }

    /// Whether a leaf that has an expiry keeps it when the writer says nothing of it. As in Redis: what replaces a
    /// value clears it (`SET`, `GETSET`), what changes a value leaves it alone (`INCR`, `HSET`).
    public var keepsExpiry: Bool {
        switch self {
        case .patch, .increment: true
        default: false
        }
    }
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
    /// How long the leaves that are written stay; nil: as the operation has it (``WriteOperation/keepsExpiry``).
    public var lifetime: Duration?
    /// What this write and others may give back together.
    public var answers: AnswerBudget?
    /// Names this write in the log.
    public var transactionID: TransactionID

    /// Options from their parts.
    public init(
        view: View = .tree, precondition: Precondition = .none, attribution: Attribution = .none, hasTags: Bool = false,
        lifetime: Duration? = nil, transactionID: TransactionID = .next()
    ) {
        self.view = view
        self.precondition = precondition
        self.attribution = attribution
        self.hasTags = hasTags
        self.lifetime = lifetime
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
    /// What the operation gives back: the new number, or the value that was there before.
    public let answer: JSONText?
}
