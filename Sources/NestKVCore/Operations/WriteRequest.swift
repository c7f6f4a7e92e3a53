import MicroJSON
import NestKVStorage

/// One write to a path.
public struct WriteRequest: Sendable {
    /// The operation.
    public let operation: any WriteOperation
    /// The path.
    public let key: Key
    /// Further options.
    public let options: WriteOptions

    /// A request from its parts.
    public init(_ operation: any WriteOperation, at key: Key, _ options: WriteOptions = WriteOptions()) {
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
    /// The lifetime of the written leaves; nil for the operation's default.
    public var lifetime: Duration?
    /// Whether values may break their schemas afterwards: everything is going to be deleted.
    var ignoresSchemas = false
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
    /// How many rules of schemas the values break, where bindings only warn.
    public var brokenRules = 0
}
