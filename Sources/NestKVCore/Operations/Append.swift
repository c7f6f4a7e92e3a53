import MicroJSON

/// Stores a value as a new child with a time-ordered name.
public struct Append: WriteOperation {
    public static let name = "append"
    public static let traits: OperationTraits = [.takesLifetime, .isConditional, .ignoresValue, .createsChild]

    /// The value.
    public let value: JSONText

    /// An addition of a value.
    public init(_ value: JSONText) { self.value = value }

    public var load: WriteLoad {
        var load = WriteLoad(replacingBy: value)
        load.replaces = false
        return load
    }

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        Plan(edits: [.set(context.child ?? node.key, value, replacing: nil)])
    }
}
