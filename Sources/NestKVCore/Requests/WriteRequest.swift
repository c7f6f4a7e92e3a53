import MicroJSON
import NestKVStorage

/// One write to a path.
public struct WriteRequest: Sendable {
    /// The operation.
    public let operation: WriteOperation
    /// The path.
    public let key: Key
    /// Further options.
    public let options: WriteOptions

    /// A request from its parts.
    public init(_ operation: WriteOperation, at key: Key, _ options: WriteOptions = WriteOptions()) {
        self.operation = operation
        self.key = key
        self.options = options
    }
}

/// A condition on a path for writes to other paths.
public struct Condition: Sendable {
    /// The path.
    public let key: Key
    /// The condition.
    public let precondition: Precondition

    /// A condition from its parts.
    public init(_ key: Key, _ precondition: Precondition) {
        self.key = key
        self.precondition = precondition
    }
}

/// The operation of a write.
public enum WriteOperation: Sendable {
    /// Replaces everything at and below the path.
    case put(PutValue)
    /// Changes the composed value. A merge patch creates the value if nothing is stored.
    case patch(Patch)
    /// Deletes everything at and below the path.
    case delete
    /// Stores a value as a new child with a time-ordered name.
    case append(JSONText)
    /// Adds exactly to the number at the path, or to 0 if nothing is stored.
    case increment(by: JSONText)
    /// Replaces everything at and below the path and returns the previous value.
    case swap(JSONText)
    /// Replaces everything at and below the path if it equals a value as JSON.
    case compareAndSwap(expected: JSONValue, JSONText)
    /// Sets the lifetime of the leaves at and below the path (``WriteOptions/lifetime``) and keeps their values.
    case expire
    /// Removes the expiry of the leaves at and below the path.
    case persist
    /// Restores the value that the leaf at exactly the path had in a version.
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

    /// Whether a leaf keeps its expiry if the writer doesn't set one. As in Redis, operations that replace a value
    /// clear the expiry (`SET`, `GETSET`), and operations that change a value keep it (`INCR`, `HSET`).
    public var keepsExpiry: Bool {
        switch self {
        case .patch, .increment: true
        default: false
        }
    }
}

/// The value of a `PUT`.
public enum PutValue: Sendable {
    /// One value, as one leaf or as a part of the document that contains the path.
    case whole(JSONText)
    /// An object as one leaf for each member, down to this number of levels.
    case flattened(JSONText, depth: Int)
}

/// A change of a value.
public enum Patch: Sendable {
    /// JSON merge patch (RFC 7396).
    case merge(JSONValue)
    /// JSON patch (RFC 6902).
    case operations(JSONPatch)
}

/// Options of a write.
public struct WriteOptions: Sendable {
    /// The view of the path.
    public var view: View
    /// The condition of the write.
    public var precondition: Precondition
    /// The author, comment, tags and schema of the change. A patch without tags keeps the leaf's tags.
    public var attribution: Attribution
    /// Whether ``Attribution/tags`` were given, even empty.
    public var hasTags: Bool
    /// The lifetime of the written leaves; nil for the operation's default (``WriteOperation/keepsExpiry``).
    public var lifetime: Duration?
    /// The budget for values returned by this write and others.
    var answers: AnswerBudget?
    /// Identifies this write in the log.
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

/// The result of a write.
public struct WriteResult: Sendable {
    /// The written path; for an append that of the new child.
    public let key: Key
    /// Whether nothing was stored before.
    public let isCreation: Bool
    /// The node of the path after the write.
    public let node: Node
    /// The leaves that were set and deleted.
    public let setCount: Int, deletedCount: Int
    /// The store's revision of the write.
    public let revision: Revision
    /// How durable the write is.
    public let durability: Durability
    /// The value that the operation returns: the new number, or the previous value.
    public let answer: JSONText?
}
