import NestKVStorage

/// Refuses a lifetime for a part of a document: only whole leaves expire.
public struct LifetimeRule: PlanRule {
    /// The rule.
    public init() {}

    public func check(_ write: PlannedWrite) throws(StoreError) {
        guard write.request.options.lifetime != nil else { return }
        let key = write.request.key
        for leaf in write.leaves where leaf.key.isAncestor(of: key) {
            // A part that is only taken out of a document has no lifetime.
            guard leaf.value?.contains(key.segments(below: leaf.key)) == true else { continue }
            throw StoreError(
                .notApplicable, "\(key) is a part of the leaf \(leaf.key), and only whole leaves can expire.")
        }
    }
}
