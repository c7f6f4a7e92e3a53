import NestKVStorage

/// Refuses some writes. `App+build` lists the rules; ``KeyValueStore`` asks them in that order.
///
/// A rule adopts the protocol of each moment that it needs: ``RequestRule``, ``PlanRule``, ``CommitRule``. It is asked
/// again in each attempt of a write, so it decides by the state with which the write is committed.
public protocol WriteRule: Sendable {}

/// Checks writes of which only the request is known.
public protocol RequestRule: WriteRule {
    /// Checks a write.
    ///
    /// - Parameters:
    ///   - settings: the settings of the entry point.
    ///   - hasConditions: whether the commit has conditions besides the writes' own.
    func check(_ request: WriteRequest, _ settings: EntryPointSettings?, hasConditions: Bool) throws(StoreError)
}

/// Checks writes whose changes are planned.
public protocol PlanRule: WriteRule {
    /// Checks a write. Later writes of the same commit may change its leaves once more.
    func check(_ write: PlannedWrite) throws(StoreError)
}

/// Checks the commits of one or several writes.
public protocol CommitRule: WriteRule {
    /// Checks all changes of a commit: each leaf once, with its final value.
    func check(_ changes: [Mutation]) throws(StoreError)
}

/// The rules by the moments at which they are asked.
struct WriteRules: Sendable {
    private let ofRequests: [any RequestRule]
    private let ofPlans: [any PlanRule]
    private let ofCommits: [any CommitRule]

    init(_ rules: [any WriteRule]) {
        ofRequests = rules.compactMap { $0 as? any RequestRule }
        ofPlans = rules.compactMap { $0 as? any PlanRule }
        ofCommits = rules.compactMap { $0 as? any CommitRule }
        precondition(
            rules.allSatisfy { $0 is any RequestRule || $0 is any PlanRule || $0 is any CommitRule },
            "a rule adopts no moment at which it is asked")
    }

    func check(_ request: WriteRequest, _ settings: EntryPointSettings?, hasConditions: Bool) throws(StoreError) {
        for rule in ofRequests { try rule.check(request, settings, hasConditions: hasConditions) }
    }

    func check(_ write: PlannedWrite) throws(StoreError) {
        for rule in ofPlans { try rule.check(write) }
    }

    func check(_ changes: [Mutation]) throws(StoreError) {
        for rule in ofCommits { try rule.check(changes) }
    }
}
