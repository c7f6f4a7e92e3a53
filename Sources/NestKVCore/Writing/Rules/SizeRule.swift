import NestKVStorage

/// Refuses values with too many bytes. An entry point can have a smaller limit.
public struct SizeRule: PlanRule {
    private let limit: Int

    /// A rule with the limit of the service.
    public init(_ limits: StoreLimits) { limit = limits.valueBytes }

    public func check(_ write: PlannedWrite) throws(StoreError) {
        let limit = min(limit, write.settings?.valueBytes ?? .max)
        guard write.most.bytes > limit else { return }
        for leaf in write.leaves {
            guard let bytes = leaf.bytes(above: limit) else { continue }
            throw StoreError(
                .valueTooLarge, "The value of \(leaf.key) would have \(bytes) bytes; the limit is \(limit).",
                limit: limit)
        }
    }
}
