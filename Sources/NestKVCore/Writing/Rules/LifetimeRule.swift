import NestKVStorage

/// Refuses a lifetime for a part of a document: only whole leaves expire.
public struct LifetimeRule: WriteRule {
    /// The rule.
    public init() {}

    public func check(_ write: PlannedWrite) throws(StoreError) {
        let request = write.request
        guard request.options.lifetime != nil else { return }
        for leaf in write.leaves where leaf.key.isAncestor(of: request.key) {
            // A part that is only taken out of a document has no lifetime.
            guard leaf.value?.contains(request.key.segments(below: leaf.key)) == true else { continue }
            throw StoreError(
                .notApplicable, "\(request.key) is a part of the leaf \(leaf.key), and only whole leaves can expire.")
        }
    }
}
