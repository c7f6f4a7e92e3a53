import MicroJSON

/// Deletes everything at and below the path.
public struct Delete: WriteOperation {
    public static let name = "delete"
    public static let traits: OperationTraits = [.removesValue, .changesParts]

    /// The deletion.
    public init() {}

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        guard node.exists else { throw .notFound(node.key, context.view) }
        return Plan(edits: node.editsDeleting())
    }

    public func change(_ part: inout JSONValue) throws(StoreError) -> DocumentChange { .removal }
}
