import NestKVStorage

/// Refuses writes without a precondition in entry points that require one.
public struct PreconditionRule: RequestRule, PlanRule {
    /// The rule.
    public init() {}

    public func check(
        _ request: WriteRequest, _ settings: EntryPointSettings?, hasConditions: Bool
    ) throws(StoreError) {
        guard settings?.requiresPrecondition == true, request.options.precondition.isEmpty else { return }
        try require(request, hasConditions)
    }

    public func check(_ write: PlannedWrite) throws(StoreError) {
        guard write.settings?.requiresPrecondition == true else { return }
        guard !write.request.options.precondition.restrictsWrites(of: write.node) else { return }
        try require(write.request, write.hasConditions)
    }

    private func require(_ request: WriteRequest, _ hasConditions: Bool) throws(StoreError) {
        guard !hasConditions, !request.operation.traits.contains(.isConditional) else { return }
        throw StoreError(
            .preconditionRequired, "This entry point requires a precondition for writes.", .statePrecondition)
    }
}
