import NestKVStorage

/// The change feeds of a store. This is all that a follower of changes needs of it.
public protocol ChangeFeed: Sendable {
    /// The retained changes of a feed after a revision, oldest first, at most `limit`; empty if the feed has no later
    /// changes. ``FeedReader`` reads page by page.
    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws(StoreError) -> ChangePage

    /// Returns when a feed's revision is greater than `revision`, or the waiting task is cancelled.
    func waitForChange(in feed: Feed, after revision: Revision) async throws(StoreError)
}

extension ChangeFeed {
    /// How far a feed reaches: a page without changes.
    public func extent(of feed: Feed) async throws(StoreError) -> ChangePage {
        try await changes(in: feed, after: .max, limit: 1)
    }

    /// The position after all current changes of a feed.
    public func end(of feed: Feed) async throws(StoreError) -> FeedPosition {
        try await extent(of: feed).end
    }
}

/// The leaves of a store in key order. This is all that a catalog is loaded from.
public protocol LeafSource: Sendable {
    /// The leaves at and below a path in key order, beginning after `after`, without expired ones. The last leaf of a
    /// page is always kept, so that the next page can begin after it. ``LeafWalk`` reads page by page.
    func scan(_ key: Key, after: Key?, limit: Int) async throws(StoreError) -> Page
}
