/// The only way to write: changes, and the expectations under which they are valid.
///
/// Every write is *read → compute → commit with what was read → again on conflict*. Correctness therefore depends on
/// the store's own compare-and-set, also between processes, and never on a lock.
public struct Transaction: Sendable {
    /// The expectations besides each change's own `replacing`. They are made on demand, because many commits are
    /// checked by ``readAt`` alone.
    public var expectations: [Expectation] { reads.isEmpty ? stated : stated + reads.flatMap(\.expectations) }
    /// The expectations that are not made from ``reads``.
    public let stated: [Expectation]
    /// The paths that must be unchanged since they were read.
    public let reads: [PathRead]
    /// The changes in order; at most one for a key.
    public var changes: [Mutation]
    /// The smallest revision at which the expectations and the replaced records were read. A store that knows the
    /// changes since then may check only those, so no data may come from an earlier read.
    public var readAt: Revision

    /// A transaction from its parts.
    public init(expectations: [Expectation], changes: [Mutation], readAt: Revision) {
        stated = expectations
        reads = []
        self.changes = changes
        self.readAt = readAt
    }

    /// A transaction that expects paths to be unchanged since they were read.
    public init(reads: [PathRead], changes: [Mutation], readAt: Revision) {
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
    /// The live leaf that this change replaces; nil if there was no leaf or a tombstone. The commit is refused if the
    /// current leaf is a different one.
    public let replacing: Record?
    /// The kind of change in the feed.
    public let operation: Change.Operation

    /// Sets a leaf.
    public static func set(_ draft: Draft, replacing: Record?) -> Mutation {
        precondition(draft.value != nil, "a set needs a value")
        return Mutation(draft: draft.notBefore(replacing), replacing: replacing, operation: .set)
    }

    /// Deletes an expired leaf.
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
    /// The live leaf at exactly this key still has this revision; for nil, there still is no leaf.
    case leaf(Key, Revision?)
    /// Exactly these leaves are below the key (not at it), in key order, and still have these revisions.
    case below(Key, [Record])
}

/// The result of a commit.
public struct Receipt: Sendable {
    /// The stored records, one for each change, in order.
    public let records: [Record]
    /// The revision of the commit's last change; without changes, the store's revision.
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
    /// Only in this process's memory: lost when it ends.
    case memory
    /// Written to the operating system or another process: survives a crash of the process, but not of the machine.
    case buffered
    /// On disk: survives power loss.
    case fsynced
    /// On several machines.
    case replicated
}
