extension Store {
    /// What stood at a path at a moment of the past.
    ///
    /// A leaf alone is taken from its own history. A whole path is what is there now with each leaf that changed since
    /// put back: the change feed names those, so it must reach back to that moment. A time stands for the last revision
    /// that was made by then, so the answer is always a state that the store really had.
    /// - Throws: ``StoreError`` `.gone` when that is not retained any more; `.notFound` for a revision yet to come.
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
                "\(key) was written after \(moment) more often than versions are retained; the oldest is version "
                    + "\(oldest.version), of \(oldest.updatedAt.rfc3339), revision \(oldest.revision).")
        }
        var isExpired = false
        if case .time(let time) = moment { isExpired = latest?.isExpired(at: time) ?? false }
        let shown = NodeRecords(
            latest: isExpired ? nil : latest, ancestors: [], below: [], isTruncated: false,
            revision: latest?.revision ?? 0)
        return Node(key: key, records: shown, isLeafOnly: true)
    }

    /// The node now with everything that changed since put back.
    private func node(_ key: Key, at revision: Revision, _ time: Timestamp?) async throws(StoreError) -> Node {
        // The feed is asked for what came after this, too: a leaf's state before its first change since is what counts.
        let now = try await get(key, .tree)
        var changed: [Key: UInt64] = [:]
        let isComplete = try await visitChanges(in: feed(of: key), after: revision) { change throws(StoreError) in
            guard key.concerns(change.record.key) else { return true }
            if changed[change.record.key] == nil { changed[change.record.key] = change.record.version }
            guard changed.count <= limits.leaves else {
                throw StoreError(
                    .subtreeTooLarge,
                    "More than \(limits.leaves) leaves changed at, above or below \(key) since; "
                        + "read its parts.", limit: limits.leaves)
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

    /// The record of a leaf before one of its versions; nil when there was none.
    private func record(
        _ key: Key, before version: UInt64, at revision: Revision
    ) async throws(StoreError) -> Record? {
        guard version > 1 else { return nil }
        guard let record = try await record(before: version, of: key) else {
            throw StoreError(
                .gone,
                "Version \(version - 1) of \(key), which stood there at revision \(revision), is not retained "
                    + "any more.")
        }
        return record.isDeleted ? nil : record
    }

    private func check(_ below: [Record], _ key: Key) throws(StoreError) {
        let bytes = below.reduce(0) { $0 + $1.value.utf8.count }
        guard below.count <= limits.leaves, bytes <= limits.composedBytes else {
            throw StoreError(
                .subtreeTooLarge,
                "More than \(limits.leaves) leaves or \(limits.composedBytes) bytes stood below \(key); read its parts: "
                    + "'?keys' lists those of now, '?depth=1' shows what they are.",
                limit: limits.composedBytes)
        }
    }
}

extension Store {
    /// The record of a leaf before one of its versions, its tombstone perhaps; nil when none is retained. Where other
    /// programs write, too, versions may leave numbers out.
    public func record(before version: UInt64, of key: Key) async throws(StoreError) -> Record? {
        guard version > 1 else { return nil }
        if let record = try await self.version(version - 1, of: key) { return record }
        return try await history(key, limit: capabilities.historyDepth + 1).first { $0.version < version }
    }
}

extension Store {
    /// The last revision that was made by a moment, and the time at which leaves count as expired.
    private func revision(
        at moment: Moment, of key: Key
    ) async throws(StoreError) -> (revision: Revision, time: Timestamp?) {
        let feed = feed(of: key)
        let end = try await changes(in: feed, after: .max, limit: 1)
        switch moment {
        case .revision(let revision):
            try check(revision, isReached: end.current)
            guard revision > 0 else { return (0, nil) }
            // It is trimmed itself when it is the oldest place of the feed; then nothing is known of its time.
            let change = try await changes(in: feed, after: revision - 1, limit: 1).changes.first
            return (revision, change?.revision == revision ? change?.record.updatedAt : nil)
        case .time(let time):
            return (try await lastRevision(by: time, in: feed, of: key, end), time)
        }
    }

    private func check(_ revision: Revision, isReached current: Revision) throws(StoreError) {
        guard revision > current else { return }
        throw StoreError(.notFound, "Revision \(revision) is yet to come; the store is at revision \(current).")
    }

    /// Searches the feed for the first change after a time; its times rise as far as the writers' clocks agree.
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
        // When the very first change that is retained came later, what stood there by then may be trimmed. A feed that
        // is empty by age holds what is older than that.
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
            "The change feed doesn't reach back to \(moment), so what stood at and below \(key) then is not known; "
                + "'?leaf' reads a leaf from its own history.")
    }
}

extension Record {
    fileprivate func wasGone(at time: Timestamp?) -> Bool {
        isDeleted || (time.map { isExpired(at: $0) } ?? false)
    }
}
