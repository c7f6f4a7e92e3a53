import NestKVStorage

/// Refuses values that a write makes too deep. A value that is stored as it was sent was checked when it was parsed.
public struct DepthRule: PlanRule {
    private let limit: Int

    /// A rule with the limit of the service.
    public init(_ limits: StoreLimits) { limit = limits.valueDepth }

    public func check(_ write: PlannedWrite) throws(StoreError) {
        guard write.most.depth > limit else { return }
        let makesValues = write.traits.contains(.changesValue)
        for leaf in write.leaves where leaf.isDeeper(than: limit) {
            guard makesValues || leaf.key.isAncestor(of: write.request.key) else { continue }
            throw StoreError(
                .valueTooLarge, "The value of \(leaf.key) would be nested more than \(limit) levels deep.",
                limit: limit)
        }
    }
}
