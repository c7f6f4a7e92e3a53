import NestKVStorage

/// Refuses some writes. `App+build` lists the rules; ``KeyValueStore`` asks them in that order.
///
/// Rules are asked again in each attempt of a write, so they decide by the state with which it is committed. A rule
/// implements the moments that it needs.
public protocol WriteRule: Sendable {
    /// Checks a write of which only the request is known.
    ///
    /// - Parameters:
    ///   - settings: the settings of the entry point.
    ///   - hasConditions: whether the commit has conditions besides the writes' own.
    func check(_ request: WriteRequest, _ settings: EntryPointSettings?, hasConditions: Bool) throws(StoreError)

    /// Checks a write whose changes are planned. Later writes of the same commit may change the leaves once more.
    func check(_ write: PlannedWrite) throws(StoreError)

    /// Checks all changes of a commit: each leaf once, with its final value.
    func check(_ changes: [Mutation]) throws(StoreError)
}

extension WriteRule {
    public func check(
        _ request: WriteRequest, _ settings: EntryPointSettings?, hasConditions: Bool
    ) throws(StoreError) {}

    public func check(_ write: PlannedWrite) throws(StoreError) {}

    public func check(_ changes: [Mutation]) throws(StoreError) {}
}
