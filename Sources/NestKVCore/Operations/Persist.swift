/// Removes the expiry of the leaves at and below the path and keeps their values.
public struct Persist: NamedOperation {
    public static let name = "persist"
    public static let traits: OperationTraits = [.removesExpiry, .keepsTags, .keepsValues]

    /// The removal of an expiry.
    public init() {}

    public init(_ arguments: some OperationArguments) throws {}

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        Plan(edits: try node.editsRewriting(context.view))
    }
}
