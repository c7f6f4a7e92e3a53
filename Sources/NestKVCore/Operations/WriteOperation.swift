import MicroJSON
import NestKVStorage

/// An operation of a write: what it is called and what it changes.
///
/// Each operation is a value in a file of its own, which says everything about it; ``Operations/all`` lists them.
/// Values of at most three words are passed on without an allocation.
public protocol WriteOperation: Sendable {
    /// Its name for clients and the log.
    static var name: String { get }
    /// What is special about it.
    static var traits: OperationTraits { get }

    /// Computes the changes that it makes to a path.
    func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan

    /// The value that replaces everything at the path, whatever is stored there.
    var replacement: JSONText? { get }
    /// The values that it writes.
    var load: WriteLoad { get }
    /// The version whose value it needs.
    var restoredVersion: UInt64? { get }

    /// Changes the value of the path in the tree of a document that an earlier write of the commit changed.
    ///
    /// - Throws: ``StoreError``, if ``plan(_:_:)`` would throw it for this value as well.
    func change(_ part: inout JSONValue) throws(StoreError) -> DocumentChange
}

/// An operation that clients ask for by its name.
public protocol NamedOperation: WriteOperation {
    /// The values that it needs. The body of a request is the only one, or an object of several.
    static var values: [String] { get }
    /// The parameters that it reads besides.
    static var parameters: [String] { get }

    /// Reads its arguments.
    init(_ arguments: some OperationArguments) throws
}

extension NamedOperation {
    public static var values: [String] { [] }
    public static var parameters: [String] { [] }
}

extension WriteOperation {
    public var replacement: JSONText? { nil }
    public var load: WriteLoad { WriteLoad() }
    public var restoredVersion: UInt64? { nil }

    public func change(_ part: inout JSONValue) throws(StoreError) -> DocumentChange { .impossible }

    /// What is special about it.
    public var traits: OperationTraits { Self.traits }
    /// Its name.
    public var name: String { Self.name }
}

/// All operations.
public enum Operations {
    /// A name for each.
    public static let all: [any WriteOperation.Type] = [
        Put.self, PutFlattened.self, PatchByMerge.self, PatchByOperations.self, Delete.self, Append.self,
        Increment.self, Swap.self, Expire.self, Persist.self, Restore.self, CompareAndSwap.self,
    ]

    /// The operations that a client asks for by name.
    public static let named = all.compactMap { $0 as? any NamedOperation.Type }
}

/// What is special about an operation.
public struct OperationTraits: OptionSet, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// It returns a value: the new one or the previous one.
    public static let givesAnswer = OperationTraits(rawValue: 1)
    /// Nothing is left of the path.
    public static let removesValue = OperationTraits(rawValue: 1 << 1)
    /// It can set the lifetime of what it writes.
    public static let takesLifetime = OperationTraits(rawValue: 1 << 2)
    /// It is refused without a lifetime.
    public static let needsLifetime = OperationTraits(rawValue: 1 << 3)
    /// It makes a new value of the current one. As in Redis, a leaf then keeps its expiry if the writer doesn't set one
    /// (`INCR`, `HSET`); operations that replace a value clear it (`SET`, `GETSET`).
    public static let changesValue = OperationTraits(rawValue: 1 << 4)
    /// Leaves don't expire afterwards, whatever the entry point's default is.
    public static let removesExpiry = OperationTraits(rawValue: 1 << 5)
    /// A leaf keeps its tags if the writer gives none.
    public static let keepsTags = OperationTraits(rawValue: 1 << 6)
    /// Values stay as they are.
    public static let keepsValues = OperationTraits(rawValue: 1 << 7)
    /// It compares by itself or doesn't depend on the current value, so it needs no precondition.
    public static let isConditional = OperationTraits(rawValue: 1 << 8)
    /// It doesn't read the current value.
    public static let ignoresValue = OperationTraits(rawValue: 1 << 9)
    /// It writes to a new child of the path.
    public static let createsChild = OperationTraits(rawValue: 1 << 10)
    /// It can change a part of a document in place.
    public static let changesParts = OperationTraits(rawValue: 1 << 11)
    /// It can change a whole document in place.
    public static let changesDocuments = OperationTraits(rawValue: 1 << 12)

    /// Whether a leaf keeps the schema that its value is checked against.
    var keepsSchema: Bool { !isDisjoint(with: [.keepsValues, .changesValue]) }
}

/// The changes that a write makes to its path.
public struct Plan: Sendable {
    /// The leaves to set and delete.
    public var edits: [Edit]
    /// The value that the operation returns.
    public var answer: JSONText?
}

/// What operations need to compute their changes, besides the node.
public struct PlanContext: Sendable {
    /// The view of the path.
    let view: View
    /// The child that is created.
    let child: Key?
    /// The value of ``WriteOperation/restoredVersion``.
    let restored: JSONText?
    let keys: any KeyService
    /// The most leaves that one write changes.
    let leafLimit: Int
}

/// The size of the values that an operation writes.
public struct WriteLoad: Sendable {
    /// The bytes of the values.
    public var bytes = 0
    /// An upper bound of the bytes by which a document grows.
    public var growth = 0
    /// An upper bound of the levels of nesting of the values.
    public var depth = 0
    /// Whether they replace the path's value.
    public var replaces = false

    /// The load of an operation that writes no values.
    public init() {}

    /// The load of one value that replaces the path's.
    init(replacingBy text: JSONText) {
        // Each level takes two bytes.
        (bytes, growth, depth, replaces) = (text.utf8.count, text.utf8.count, text.utf8.count / 2, true)
    }
}

/// What an operation did to a document in place.
public enum DocumentChange: Sendable {
    /// It changed the value, and returns a value.
    case done(answer: JSONText?)
    /// The value is to be removed.
    case removal
    /// It can't change this value in place.
    case impossible
}
