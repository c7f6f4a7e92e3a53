/// The records at, above and below a path, all read at one revision.
public struct NodeRecords: Sendable {
    /// The leaf at exactly the path, or its tombstone; nil if there is no record.
    public var latest: Record?
    /// The leaves at the path's ancestors, nearest first; empty if not requested.
    public var ancestors: [Record]
    /// The leaves below the path in key order.
    public var below: [Record]
    /// Whether there are more leaves below than were requested.
    public var isTruncated: Bool
    /// The store's revision at which the records were read.
    public var revision: Revision
    /// A revision, at most ``revision``, after which no leaf at or below the path was created, changed or deleted; if
    /// ancestors were requested, also no leaf above it. For the same path, a driver never returns a smaller one than
    /// before.
    public var unchangedSince: Revision
    /// Whether others may have written since (``Reach/mayBeOutdated``).
    public var mayBeOutdated = false
    /// The driver's object with the leaves of ``below``, if it keeps one. It is a different object if
    /// ``unchangedSince`` is different, except for the shared ``Subtree/empty``, which means that the leaf is the
    /// latest change.
    public var subtree: Subtree?

    /// The bytes of the values above the path.
    public var ancestorBytes: Int { ancestors.isEmpty ? 0 : ancestors.reduce(0) { $0 + $1.value.utf8.count } }

    /// The leaf at exactly the path, if it exists.
    public var leaf: Record? { latest.flatMap { $0.isDeleted ? nil : $0 } }

    /// Records from their parts.
    public init(
        latest: Record? = nil, ancestors: [Record] = [], below: [Record] = [], isTruncated: Bool = false,
        revision: Revision
    ) {
        self.latest = latest
        self.ancestors = ancestors
        self.below = below
        self.isTruncated = isTruncated
        self.revision = revision
        unchangedSince = revision
    }

    /// Records with a subtree that the driver keeps.
    public init(latest: Record?, ancestors: [Record], subtree: Subtree, revision: Revision) {
        self.init(latest: latest, ancestors: ancestors, below: subtree.leaves, revision: revision)
        self.subtree = subtree
    }
}
