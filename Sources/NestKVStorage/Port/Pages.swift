/// A page of leaves in key order.
public struct Page: Sendable {
    /// The leaves.
    public var records: [Record]
    /// Whether more follow after the last of ``records``.
    public var hasMore: Bool

    /// A page from its parts.
    public init(records: [Record], hasMore: Bool) {
        self.records = records
        self.hasMore = hasMore
    }
}

/// A page of the change feed.
public struct ChangePage: Sendable {
    /// The changes, oldest first. A commit is split between pages only if it alone exceeds the limit.
    public var changes: [Change]
    /// The oldest revision after which the feed is complete. A reader at an earlier revision must start from a
    /// snapshot.
    public var oldest: Revision
    /// The feed's latest durable revision.
    public var current: Revision
    /// Identifies the feed by a few letters and digits. A different store has a different identity, and so has a store
    /// that was emptied and started again; a revision of one feed means nothing in another. It is empty if the feed
    /// doesn't exist yet; such a position is valid in the feed that will be created.
    public var identity: String

    /// A page from its parts.
    public init(changes: [Change], oldest: Revision, current: Revision, identity: String) {
        self.changes = changes
        self.oldest = oldest
        self.current = current
        self.identity = identity
    }
}
