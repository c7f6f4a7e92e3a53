extension Store {
    /// The feed that the changes of a path stand in.
    public func feed(of key: Key) -> Feed {
        switch capabilities.revisionScope {
        case .store: .store
        case .entryPoint: Feed(entryPoint: key.segments.first.map(Array.init))
        }
    }

    /// The revision at which a feed stands.
    func currentRevision(of feed: Feed) async throws(StoreError) -> Revision {
        try await changes(in: feed, after: .max, limit: 1).current
    }

    /// Visits the changes of a feed after a revision, oldest first, until `visit` says false or all are seen.
    ///
    /// - Returns: false when the feed doesn't reach back to that revision any more.
    func visitChanges(
        in feed: Feed, after revision: Revision, _ visit: (Change) throws(StoreError) -> Bool
    ) async throws(StoreError) -> Bool {
        var position = revision
        while true {
            let page = try await changes(in: feed, after: position, limit: 256)
            guard page.oldest <= position else { return false }
            for change in page.changes {
                guard try visit(change) else { return true }
            }
            guard let last = page.changes.last, last.revision < page.current else { return true }
            position = last.revision
            await Task.yield()
        }
    }

    /// Whether nothing that a read of these paths shows has changed after a revision.
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
    /// Whether a read of this path may show a leaf: one at it, below it or above it.
    func concerns(_ leaf: Key) -> Bool {
        contains(leaf) || leaf.isAncestor(of: self)
    }
}
