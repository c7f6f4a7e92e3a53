/// The one way to write: changes, and what must still be true for them to make sense.
///
/// Every writing operation is *read → compute → commit with what was read → again on conflict*. So correctness rests on
/// the store's own compare-and-set, also between processes, and never on a lock.
public struct Transaction: Sendable {
    /// What must still be true besides each change's own `replacing`.
    /// Made when they are asked for: many commits are checked by ``readAt`` alone.
    public var expectations: [Expectation] { reads.isEmpty ? stated : stated + reads.flatMap(\.expectations) }
    private let stated: [Expectation]
    private let reads: [Node]
    /// The changes in order; at most one for a key.
    public var changes: [Mutation]
    /// The smallest revision at which any of the expectations and the replaced records was read. A store that knows
    /// what changed since may check just that, so nothing in them may come from an earlier read.
    public var readAt: Revision

    /// A transaction from its parts.
    public init(expectations: [Expectation], changes: [Mutation], readAt: Revision) {
        stated = expectations
        reads = []
        self.changes = changes
        self.readAt = readAt
    }

    /// A transaction that expects nodes to be as they were read.
    init(reads: [Node], changes: [Mutation], readAt: Revision) {
        stated = []
        self.reads = reads
        self.changes = changes
        self.readAt = readAt
    }
}

/// One leaf's change.
public struct Mutation: Sendable {
    /// The new value, or a deletion.
    public let draft: Draft
    /// The live leaf that this change replaces; nil when none was there (a tombstone counts as none).
    /// The commit is refused when another one stands there now.
    public let replacing: Record?
    /// What the feed says of it.
    public let operation: Change.Operation

    /// Sets a leaf.
    public static func set(_ draft: Draft, replacing: Record?) -> Mutation {
        precondition(draft.value != nil, "a set needs a value")
        return Mutation(draft: draft.notBefore(replacing), replacing: replacing, operation: .set)
    }

    /// Deletes a leaf whose time is up.
    public static func expire(_ draft: Draft, replacing: Record) -> Mutation {
        precondition(draft.value == nil, "an expiry has no value")
        return Mutation(draft: draft.notBefore(replacing).expiring, replacing: replacing, operation: .expire)
    }

    /// Deletes a leaf.
    public static func delete(_ draft: Draft, replacing: Record) -> Mutation {
        precondition(draft.value == nil, "a deletion has no value")
        return Mutation(draft: draft.notBefore(replacing), replacing: replacing, operation: .delete)
    }
}

/// A condition of a commit on a leaf that the commit doesn't change.
public enum Expectation: Sendable {
    /// The live leaf at exactly this key still has this revision; nil: there still is none.
    case leaf(Key, Revision?)
    /// Exactly these leaves stand below the key (not at it), in key order, still with these revisions.
    case below(Key, [Record])
}

/// What a commit did.
public struct Receipt: Sendable {
    /// The records as stamped, one for each change, in order.
    public let records: [Record]
    /// The commit's revision: its last change's. When there were no changes: the store's revision.
    public let revision: Revision
    /// How durable the changes are now.
    public let durability: Durability

    /// A receipt from its parts.
    public init(records: [Record], revision: Revision, durability: Durability) {
        self.records = records
        self.revision = revision
        self.durability = durability
    }
}

/// How durable an acknowledged write is.
public enum Durability: String, Sendable {
    /// In this process's memory alone: gone when it ends.
    case memory
    /// Handed to the operating system or another process: survives a crash of the process, not of the machine.
    case buffered
    /// On disk: survives power loss.
    case fsynced
    /// On several machines.
    case replicated
}
