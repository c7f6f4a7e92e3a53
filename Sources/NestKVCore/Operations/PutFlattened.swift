import MicroJSON

/// Replaces everything at and below the path by an object as one leaf for each member, down to a number of levels.
public struct PutFlattened: WriteOperation {
    public static let name = "put"
    public static let traits: OperationTraits = [.takesLifetime, .ignoresValue, .changesParts]

    /// The object.
    public let value: JSONText
    /// The number of levels.
    public let depth: Int

    /// A replacement by the members of an object.
    public init(_ value: JSONText, depth: Int) {
        self.value = value
        self.depth = depth
    }

    public var load: WriteLoad {
        var load = WriteLoad(replacingBy: value)
        load.replaces = false
        return load
    }

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        guard node.owningDocument == nil else { return Plan(edits: node.edits(putting: value)) }
        let leaves = try value.flattened(
            at: node.key, depth: depth, keys: context.keys, maximumLeaves: context.leafLimit)
        return Plan(edits: node.edits(putting: leaves))
    }

    public func change(_ part: inout JSONValue) throws(StoreError) -> DocumentChange {
        part = JSONValue(value)
        return .done(answer: nil)
    }
}
