import NestKVStorage

extension Store {
    /// The node of a path at a past moment.
    ///
    /// A leaf alone is read from its own history. A whole path is the current node in which each leaf that changed
    /// since then is put back. The change feed names these leaves, so it must reach back to that moment. A time means
    /// the last revision made by then, so the result is always a state that the store really had.
    ///
    /// - Throws: ``StoreError`` `.gone` if that state is no longer retained, `.notFound` for a future revision.
    public func get(_ key: Key, _ view: View, at moment: Moment) async throws(StoreError) -> Node {
        if view == .leaf { return try await leaf(key, at: moment) }
        let (revision, time) = try await revision(at: moment, of: key)
        return try await node(key, at: revision, time)
    }

    private func leaf(_ key: Key, at moment: Moment) async throws(StoreError) -> Node {
        if case .revision(let revision) = moment {
            try check(revision, isReached: try await currentRevision(of: feed(of: key)))
        }
        let records = try await history(key, limit: capabilities.historyDepth + 1)
        let latest = records.first(where: moment.includes)
        if latest == nil, let oldest = records.last, oldest.version > 1 {
            throw StoreError(
                .gone,
                "\(key) was written more often after \(moment) than versions are retained; the oldest is version "
                    + "\(oldest.version), of \(oldest.updatedAt.rfc3339), revision \(oldest.revision).")
        }
        var isExpired = false
        if case .time(let time) = moment { isExpired = latest?.isExpired(at: time) ?? false }
        let shown = NodeRecords(latest: isExpired ? nil : latest, revision: latest?.revision ?? 0)
        return Node(key: key, records: shown, isLeafOnly: true)
    }

    /// The current node with every later change undone.
    private func node(_ key: Key, at revision: Revision, _ time: Timestamp?) async throws(StoreError) -> Node {
        // The feed is read beyond this revision too, because a leaf's state before its first later change counts.
        let now = try await get(key, .tree)
        var changed: [Key: UInt64] = [:]
        let isComplete = try await visitChanges(in: feed(of: key), after: revision) { change throws(StoreError) in
            guard key.concerns(change.record.key) else { return true }
            if changed[change.record.key] == nil { changed[change.record.key] = change.record.version }
            guard changed.count <= limits.leaves else {
                throw StoreError(
                    .subtreeTooLarge,
                    "More than \(limits.leaves) leaves at, above or below \(key) have changed since; "
                        + "request a smaller subtree.", limit: limits.leaves)
            }
            return true
        }
        guard isComplete else { throw StoreError.notRetained(key, "revision \(revision)") }
        var records = now.records
        var below = Dictionary(uniqueKeysWithValues: records.below.map { ($0.key, $0) })
        for (leaf, version) in changed {
            let before = try await record(leaf, before: version, at: revision)
            if leaf == key {
                records.latest = before
            } else if key.isAncestor(of: leaf) {
                below[leaf] = before
            } else {
                records.ancestors.removeAll { $0.key == leaf }
                if let before { records.ancestors.append(before) }
            }
        }
        if let time, records.latest?.isExpired(at: time) ?? false { records.latest = nil }
        records.ancestors = records.ancestors.filter { !$0.wasGone(at: time) }.sorted { $0.key > $1.key }
        records.below = below.values.filter { !$0.wasGone(at: time) }.sorted { $0.key < $1.key }
        records.subtree = nil
        (records.revision, records.unchangedSince) = (revision, revision)
        try check(records.below, key)
        return Node(key: key, records: records)
    }

    /// The record of a leaf before one of its versions; nil if the leaf did not exist.
    private func record(
        _ key: Key, before version: UInt64, at revision: Revision
    ) async throws(StoreError) -> Record? {
        guard version > 1 else { return nil }
        guard let record = try await record(before: version, of: key) else {
            throw StoreError(
                .gone,
                "Version \(version - 1) of \(key), which was current at revision \(revision), is no longer "
                    + "retained.")
        }
        return record.isDeleted ? nil : record
    }

    private func check(_ below: [Record], _ key: Key) throws(StoreError) {
        let bytes = below.reduce(0) { $0 + $1.value.utf8.count }
        guard below.count <= limits.leaves, bytes <= limits.composedBytes else {
            throw StoreError(
                .subtreeTooLarge,
                "\(key) had more than \(limits.leaves) leaves or \(limits.composedBytes) bytes; request a smaller "
                    + "subtree.", .listParts, limit: limits.composedBytes)
        }
    }
}

extension Store {
    /// The record of a leaf before one of its versions, possibly a tombstone; nil if none is retained. If other
    /// programs write too, there may be gaps between version numbers.
    public func record(before version: UInt64, of key: Key) async throws(StoreError) -> Record? {
        guard version > 1 else { return nil }
        if let record = try await self.version(version - 1, of: key) { return record }
        return try await history(key, limit: capabilities.historyDepth + 1).first { $0.version < version }
    }
}

extension Store {
    /// The last revision made by a moment, and the time at which leaves count as expired.
    private func revision(
        at moment: Moment, of key: Key
    ) async throws(StoreError) -> (revision: Revision, time: Timestamp?) {
        let feed = feed(of: key)
        let end = try await extent(of: feed)
        switch moment {
        case .revision(let revision):
            try check(revision, isReached: end.current)
            guard revision > 0 else { return (0, nil) }
            // If it is the oldest place of the feed, the change itself is trimmed, and its time is unknown.
            let change = try await changes(in: feed, after: revision - 1, limit: 1).changes.first
            return (revision, change?.revision == revision ? change?.record.updatedAt : nil)
        case .time(let time):
            return (try await lastRevision(by: time, in: feed, of: key, end), time)
        }
    }

    private func check(_ revision: Revision, isReached current: Revision) throws(StoreError) {
        guard revision > current else { return }
        throw StoreError(.notFound, "Revision \(revision) does not exist yet; the store is at revision \(current).")
    }

    /// Searches the feed for the first change after a time. Times in the feed rise as far as the writers' clocks agree.
    private func lastRevision(
        by time: Timestamp, in feed: Feed, of key: Key, _ end: ChangePage
    ) async throws(StoreError) -> Revision {
        func isBehind(_ revision: Revision) async throws(StoreError) -> Bool {
            let next = try await changes(in: feed, after: revision, limit: 1).changes.first
            return next.map { $0.record.updatedAt > time } ?? true
        }
        var (low, high) = (end.oldest, end.current)
        while low < high {
            let middle = low + (high - low) / 2
            if try await isBehind(middle) { high = middle } else { low = middle + 1 }
        }
        // If even the first retained change is later, the state of that time may be trimmed. If all changes were
        // trimmed by age, nothing has changed within that age.
        guard low == end.oldest, low > 0 else { return low }
        let age = capabilities.feedRetention.age.components.seconds
        let isAllTrimmed = low == end.current && time.seconds >= Timestamp.now.seconds - age
        guard isAllTrimmed else { throw .notRetained(key, time.rfc3339) }
        return low
    }
}

extension StoreError {
    fileprivate static func notRetained(_ key: Key, _ moment: String) -> StoreError {
        StoreError(
            .gone,
            "The change feed doesn't reach back to \(moment), so the value of \(key) at that time is unknown.",
            .readLeafHistory)
    }
}

extension Record {
    fileprivate func wasGone(at time: Timestamp?) -> Bool {
        isDeleted || (time.map { isExpired(at: $0) } ?? false)
    }
}
