import NestKVStorage

/// Refuses writes and commits that change too many leaves.
public struct LeafCountRule: PlanRule, CommitRule {
    private let limit: Int

    /// A rule with the limit of the service.
    public init(_ limits: StoreLimits) { limit = limits.leaves }

    public func check(_ write: PlannedWrite) throws(StoreError) {
        try check(write.leaves.count)
    }

    public func check(_ changes: [Mutation]) throws(StoreError) { try check(changes.count) }

    private func check(_ count: Int) throws(StoreError) {
        guard count > limit else { return }
        throw StoreError(
            .subtreeTooLarge, "The write would change \(count) leaves; the limit is \(limit).", limit: limit)
    }
}
