import NestKVStorage

extension SchemaSurvey {
    /// Examines everything in the store.
    mutating func examineAll() async throws(StoreError) {
        guard !isEmpty else { return }
        if store.capabilities.revisionScope == .store { positions[.store] = try await store.end(of: .store) }
        try await examineEntryPoints(of: Set(positions.keys))
    }

    /// Examines what was changed since it was last looked at, up to now.
    mutating func examineChanges() async throws(StoreError) {
        guard !isEmpty else { return }
        for (feed, position) in positions {
            do throws(StoreError) {
                try await examineChanges(in: feed, after: position)
            } catch {
                // The entry point was removed with everything in it.
                guard error.code == .unknownEntryPoint else { throw error }
                positions[feed] = nil
            }
        }
        // Entry points that are new, if each has a feed of its own.
        if store.capabilities.revisionScope == .entryPoint { try await examineEntryPoints(of: []) }
    }

    /// Examines the entry points of some feeds, and of feeds that were not looked at.
    private mutating func examineEntryPoints(of feeds: Set<Feed>) async throws(StoreError) {
        var names: [[UInt8]] = []
        repeat {
            names = try await store.names(below: .root, after: names.last, limit: 256)
            for key in names.map({ Key([$0]) }) {
                let feed = store.feed(of: key)
                guard feeds.contains(feed) || positions[feed] == nil else { continue }
                // What is written from here on is found in the feed.
                if positions[feed] == nil { positions[feed] = try await store.end(of: feed) }
                try await examine(at: key)
            }
        } while !names.isEmpty
    }

    private mutating func examineChanges(in feed: Feed, after position: FeedPosition) async throws(StoreError) {
        let end = try await store.end(of: feed)
        var reader = FeedReader(store, feed, after: position)
        while reader.position.revision < end.revision {
            switch try await reader.next(limit: 256) {
            case .changes(let page):
                try await examine(page.changes)
                positions[feed] = reader.position
            case .end: return
            case .reset:
                // The feed no longer has all changes.
                positions[feed] = end
                return try await examineEntryPoints(of: [feed])
            }
            await Task.yield()
        }
    }
}
