import NestKVStorage

/// Sets the lifetime of the leaves at and below the path (``WriteOptions/lifetime``) and keeps their values.
public struct Expire: NamedOperation {
    public static let name = "expire"
    public static let traits: OperationTraits = [.takesLifetime, .needsLifetime, .keepsTags, .keepsValues]

    /// The setting of a lifetime.
    public init() {}

    public init(_ arguments: some OperationArguments) throws {}

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        Plan(edits: try node.editsRewriting(context.view))
    }
}

extension Node {
    /// The edits that write every leaf at and below the path again with its current value.
    func editsRewriting(_ view: View) throws(StoreError) -> [Edit] {
        guard exists else { throw .notFound(key, view) }
        if let record = owningRecords.first, record.key != key {
            throw StoreError(
                .notApplicable, "\(key) is a part of the leaf \(record.key), and only whole leaves can expire.")
        }
        let leaves = (records.leaf.map { [$0] } ?? []) + below
        return leaves.map { .set($0.key, $0.value, replacing: $0) }
    }
}
