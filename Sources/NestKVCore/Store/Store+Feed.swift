import NestKVStorage

extension Store {
    /// The feed that contains the changes of a path.
    public func feed(of key: Key) -> Feed {
        Feed(of: key, capabilities.revisionScope)
    }

    /// The current revision of a feed.
    func currentRevision(of feed: Feed) async throws(StoreError) -> Revision {
        try await end(of: feed).revision
    }

    /// Visits the changes of a feed after a revision, oldest first, until `visit` returns false or the feed ends.
    ///
    /// - Returns: false if the feed no longer reaches back to that revision.
    func visitChanges(
        in feed: Feed, after revision: Revision, _ visit: (Change) throws(StoreError) -> Bool
    ) async throws(StoreError) -> Bool {
        var reader = FeedReader(self, feed, after: FeedPosition(revision: revision, identity: ""))
        while true {
            switch try await reader.next(limit: 256) {
            case .changes(let page):
                for change in page.changes {
                    guard try visit(change) else { return true }
                }
                guard reader.position.revision < page.current else { return true }
            case .end: return true
            // A read may be of a later revision than the feed has yet.
            case .reset(let page): return page.oldest <= reader.position.revision
            }
            await Task.yield()
        }
    }

    /// Whether a read of these paths has the same result as at a revision.
    func isUntouched(_ keys: [Key], in feed: Feed, after revision: Revision) async throws(StoreError) -> Bool {
        var isUntouched = true
        let isComplete = try await visitChanges(in: feed, after: revision) { change in
            isUntouched = !keys.contains { $0.concerns(change.record.key) }
            return isUntouched
        }
        return isComplete && isUntouched
    }
}

extension Key {
    /// Whether a leaf may affect a read of this path: it is at, below or above the path.
    func concerns(_ leaf: Key) -> Bool {
        contains(leaf) || leaf.isAncestor(of: self)
    }
}
