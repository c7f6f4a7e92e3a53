import MicroJSON

/// Replaces everything at and below the path if it equals a value as JSON.
public struct CompareAndSwap: NamedOperation {
    public static let name = "compare-and-swap"
    public static let traits: OperationTraits = [
        .takesLifetime, .isConditional, .changesParts, .changesDocuments,
    ]
    public static let values = ["old", "new"]

    /// The value that must be stored.
    public let expected: JSONValue
    /// The new value.
    public let value: JSONText

    /// A replacement of one value by another.
    public init(expected: JSONValue, _ value: JSONText) {
        self.expected = expected
        self.value = value
    }

    public init(_ arguments: some OperationArguments) throws {
        let values = try arguments.values(Self.values)
        self.init(expected: values[0], values[1].text)
    }

    public var load: WriteLoad { WriteLoad(replacingBy: value) }

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        guard node.exists, JSONValue(node.composed()) == expected else {
            throw StoreError(
                .valueMismatch, "The value of \(node.key) does not equal the expected value.", current: node)
        }
        return Plan(edits: node.edits(replacingBy: value))
    }

    public func change(_ part: inout JSONValue) throws(StoreError) -> DocumentChange {
        guard part == expected else { return .impossible }
        part = JSONValue(value)
        return .done(answer: nil)
    }
}
