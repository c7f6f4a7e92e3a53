import MicroJSON
import NestKVStorage

extension Bucket {
    /// The most messages of a page that is read from the server.
    private static let pageMax = 1000

    /// Reads what other processes wrote since. Reads at most `messagesMax` messages; if there are more, everything
    /// known before is forgotten.
    func catchUp(messagesMax: Int = 4 * pageMax) async throws(DriverError) {
        var read = 0
        while true {
            let page = try await page(after: revision, limit: Self.pageMax)
            await waitForGaps(in: page.rows)
            learn(page.rows)
            read += page.rows.count
            if page.rows.isEmpty || page.rows.last?.sequence ?? 0 >= page.last { return }
            guard read < messagesMax else { return forget(upTo: page.last) }
        }
    }

    /// A page of the feed.
    ///
    /// The stream's numbers have a gap where a message is gone: because its leaf has had more changes since than are
    /// kept, or because another program purged it. The feed is complete after the last gap, so a reader that resumes
    /// before it must start again with a snapshot.
    func changes(after revision: Revision, limit: Int) async throws(DriverError) -> ChangePage {
        let (floor, current) = withRecent { ($0.floor, $0.current) }
        if revision >= floor {
            if revision >= current { try await catchUp() }
            guard revision < .max else { return try await extent() }
            if let page = recentPage(after: revision, limit: limit) { return page }
        }
        let page = try await page(after: revision, limit: min(max(limit, 1) + 1000, 4 * Self.pageMax))
        var oldest = revision
        var expected = revision + 1
        for row in page.rows {
            if row.sequence != expected { oldest = row.sequence - 1 }
            expected = row.sequence + 1
        }
        if page.rows.isEmpty, page.last > revision { oldest = page.last }
        let found = page.rows.filter { $0.sequence > oldest }.compactMap(\.stored?.change)
        return ChangePage(
            changes: found.wholeCommits(limit: limit), oldest: oldest,
            current: max(page.last, self.revision), identity: identity)
    }

    private func recentPage(after revision: Revision, limit: Int) -> ChangePage? {
        withRecent { recent in
            guard revision >= recent.floor else { return nil }
            // A commit may be longer than the limit, so look as far as the longest possible commit reaches.
            let changes = recent.after(revision).lazy.map(\.change).prefix(max(limit, 0) + JetStream.batchMax)
            return ChangePage(
                changes: Array(changes).wholeCommits(limit: limit), oldest: recent.floor, current: recent.current,
                identity: identity)
        }
    }

    /// The stream's messages after a number, and the number of its last message, or less if some between are gone.
    func page(
        after sequence: Revision, limit: Int
    ) async throws(DriverError) -> (rows: [(stored: StoredRecord?, sequence: Revision)], last: Revision) {
        if hasBatchGet {
            let body: [UInt8] = .json(("seq", .integer(sequence + 1)), ("batch", .integer(limit)))
            let batch = try await getBatch(body) ?? Batch()
            return (batch.rows, (batch.rows.last?.sequence ?? 0) + batch.pending)
        }
        guard let state = try await server.streamInfo(stream)?["state"] else { return ([], 0) }
        let last = state["last_seq"].count
        var rows: [(stored: StoredRecord?, sequence: Revision)] = []
        var next = max(sequence + 1, state["first_seq"].count)
        while next <= last, rows.count < limit {
            let end = min(last, next + Revision(min(64, limit - rows.count)) - 1)
            rows += try await messages(next...end)
            next = end + 1
        }
        return (rows, last)
    }

    /// The messages with these numbers, all requested at once.
    private func messages(
        _ range: ClosedRange<Revision>
    ) async throws(DriverError) -> [(stored: StoredRecord?, sequence: Revision)] {
        var rows: [(stored: StoredRecord?, sequence: Revision)] = []
        let messages = try await range.mapConcurrently { (sequence) throws(DriverError) in
            try await self.message(sequence)
        }
        for message in messages {
            guard let message, let place = message.directPlace, let subject = message.header("Nats-Subject") else {
                continue
            }
            let stored = key(of: subject).map { StoredRecord(message, key: $0, at: place, in: lives) }
            rows.append((stored, place.sequence))
        }
        return rows.sorted { $0.sequence < $1.sequence }
    }

    /// The message with a number. A server of a cluster that lags behind doesn't have it yet. What the leader has is
    /// requested again, because a reader of the feed would otherwise never see it.
    private func message(_ sequence: Revision) async throws(DriverError) -> Message? {
        let body: [UInt8] = .json(("seq", .integer(sequence)))
        for _ in 0..<20 {
            if let message = try await get(body) { return message }
            guard configuration.replicas > 1, configuration.hasDirectGet else { return nil }
            if let problem = try await server.read("STREAM.MSG.GET.\(stream)", body).problem {
                guard problem.isNoMessage else { throw .api(problem) }
                return nil
            }
            try? await Task.sleep(for: .milliseconds(Int.random(in: 25...75)))
        }
        throw DriverError(.unavailable, "A server of the NATS cluster lags behind the others: try again later.")
    }
}

extension [Change] {
    /// The first changes, at most `limit`. They end where a commit ends, unless that commit alone is longer.
    fileprivate func wholeCommits(limit: Int) -> [Change] {
        guard count > limit else { return self }
        var end = Swift.max(limit, 0)
        while end > 0, self[end - 1].revision != self[end - 1].commitRevision { end -= 1 }
        return Array(prefix(end == 0 ? limit : end))
    }
}
