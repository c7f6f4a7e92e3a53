import NestKVStorage

/// Reads a feed after a position, page by page. The position advances with each page.
public struct FeedReader: Sendable {
    /// What a reader found after its position.
    public enum Found: Sendable {
        /// Changes, at least one.
        case changes(ChangePage)
        /// There are no later changes.
        case end(ChangePage)
        /// Changes after the position are missing, because they are no longer retained or the feed is another one.
        /// The position is unchanged.
        case reset(ChangePage)
    }

    private let store: any ChangeFeed
    /// The feed.
    public let feed: Feed
    /// The position up to which everything was read.
    public var position: FeedPosition

    /// A reader of a feed after a position.
    public init(_ store: any ChangeFeed, _ feed: Feed, after position: FeedPosition) {
        self.store = store
        self.feed = feed
        self.position = position
    }

    /// Reads the next page, without waiting for a change.
    public mutating func next(limit: Int) async throws(StoreError) -> Found {
        let page = try await store.changes(in: feed, after: position.revision, limit: limit)
        guard page.continues(position) else { return .reset(page) }
        guard let last = page.changes.last else { return .end(page) }
        position = page.end.at(last.revision)
        return .changes(page)
    }

    /// Returns when there may be a change after the position, or the waiting task is cancelled.
    public func wait() async throws(StoreError) {
        try await store.waitForChange(in: feed, after: position.revision)
    }

    /// Returns when there may be a change after the position, at the latest after some time. A feed that was replaced
    /// by another one doesn't reach the position for long.
    public func wait(atMost longest: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: longest) }
            group.addTask {
                do throws(StoreError) {
                    try await self.wait()
                } catch {
                    // The next read tells why.
                    try? await Task.sleep(for: BackOff.longest)
                }
            }
            await group.next()
            group.cancelAll()
        }
    }
}
