import MicroJSON
import NestKVStorage

/// Replaces the value of a leaf by the same value in another shape. Its expiry and tags stay.
struct Migrate: WriteOperation {
    static let name = "migrate"
    static let traits: OperationTraits = [.changesValue, .keepsTags]

    /// The value in the other shape.
    let value: JSONText

    var load: WriteLoad { WriteLoad(replacingBy: value) }

    func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        Plan(edits: node.edits(replacingBy: value))
    }
}

extension WriteRequest {
    /// Brings a leaf to the schema that a plan leads to, unless it changes meanwhile.
    ///
    /// - Parameter comment: what is said about the change.
    static func migrating(_ leaf: Record, by plan: MigrationPlan, _ comment: String) throws(StoreError) -> WriteRequest
    {
        let value = try plan.converted(leaf.value, at: leaf.key)
        var options = WriteOptions(view: .leaf)
        options.precondition.ifVersion = leaf.version
        options.attribution = Attribution(modifiedBy: "nestkv", comment: comment, schemaHash: plan.to)
        return WriteRequest(Migrate(value: value), at: leaf.key, options)
    }
}
