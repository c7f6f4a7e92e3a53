import MicroJSON

/// Replaces everything at and below the path and returns the previous value.
public struct Swap: NamedOperation {
    public static let name = "swap"
    public static let traits: OperationTraits = [
        .givesAnswer, .takesLifetime, .changesParts, .changesDocuments,
    ]
    public static let values = ["value"]

    /// The new value.
    public let value: JSONText

    /// A replacement by a value.
    public init(_ value: JSONText) { self.value = value }

    public init(_ arguments: some OperationArguments) throws { value = try arguments.value() }

    public var load: WriteLoad { WriteLoad(replacingBy: value) }

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        Plan(edits: node.edits(replacingBy: value), answer: node.exists ? node.composed() : nil)
    }

    public func change(_ part: inout JSONValue) throws(StoreError) -> DocumentChange {
        let answer = part.text
        part = JSONValue(value)
        return .done(answer: answer)
    }
}
