import NestKVStorage

/// The times at which the leaves of a bucket expire, kept in this process because JetStream has no index of times.
///
/// It is built on first use from the headers of all keys, and updated with every change since.
struct ExpiryIndex {
    private var times: [Key: Timestamp] = [:]
    private var soonest: Timestamp?
    /// The index has everything up to this revision; nil before the first use.
    private(set) var upTo: Revision?
    /// When other processes' messages were requested last.
    var askedAt: ContinuousClock.Instant?

    /// Builds the index again from the last messages of all keys.
    mutating func rebuild(from all: [StoredRecord], upTo revision: Revision) {
        times = [:]
        soonest = nil
        for stored in all { take(stored) }
        upTo = revision
    }

    /// Adds the changes since.
    mutating func update(with changes: some Sequence<StoredRecord>, upTo revision: Revision) {
        for stored in changes { take(stored) }
        upTo = revision
    }

    private mutating func take(_ stored: StoredRecord) {
        let time = stored.expiresAt
        times[stored.key] = time
        if let time, time < soonest ?? .distantFuture { soonest = time }
    }

    /// Removes a leaf whose expiry was reported.
    mutating func remove(_ key: Key) { times[key] = nil }

    /// The keys of expired leaves, the soonest first.
    mutating func due(by time: Timestamp, limit: Int) -> [Key] {
        guard let soonest, soonest <= time else { return [] }
        self.soonest = times.values.min()
        return times.filter { $0.value <= time }.sorted { $0.value < $1.value }.prefix(max(limit, 0)).map(\.key)
    }
}

extension Timestamp {
    fileprivate static let distantFuture = Timestamp(milliseconds: .max)
}

extension Bucket {
    /// How often other processes' messages are requested.
    private static let askingInterval = Duration.seconds(1)

    /// The expired leaves, the soonest first. A leaf that another process wrote is known a second later.
    func expired(by time: Timestamp, limit: Int) async throws(DriverError) -> [Record] {
        guard configuration.writeObstacle == nil else { return [] }
        let now = ContinuousClock.now
        let isDue = expiries.withLock { index in
            guard index.askedAt.map({ now - $0 >= Self.askingInterval }) ?? true else { return false }
            index.askedAt = now
            return true
        }
        if isDue { try await catchUp() }
        if !updateExpiries() {
            let revision = revision
            let all = try await last(matching: prefix + ">", hasValues: false).rows.compactMap(\.stored)
            expiries.withLock { $0.rebuild(from: all, upTo: revision) }
            _ = updateExpiries()
        }
        var records: [Record] = []
        for key in expiries.withLock({ $0.due(by: time, limit: limit) }) {
            guard let stored = try await latest(key) else {
                try await tellEnd(of: key)
                continue
            }
            if stored.record.isExpired(at: time) { records.append(stored.record) }
        }
        return records
    }

    /// Reports the expiry of a leaf that the server has deleted by itself, to all followers, with the marker that
    /// nestkv deletes expired leaves with.
    private func tellEnd(of key: Key) async throws(DriverError) {
        let marker = Outgoing(
            subject: subject(of: key),
            headers: [
                ("KV-Operation", "DEL"), ("Nestkv-Operation", "expire"), ("Nats-Expected-Last-Subject-Sequence", "0"),
            ])
        do throws(ConnectionFailure) {
            _ = try await server.connection.request(marker)
        } catch {
            throw .writing(error)
        }
        // It was reported, or another process was faster, or the bucket takes no writes: don't try again.
        expiries.withLock { $0.remove(key) }
        try await catchUp()
    }

    /// Adds the changes that this process knows; false if some between are missing.
    private func updateExpiries() -> Bool {
        let upTo = expiries.withLock { $0.upTo }
        guard let upTo else { return false }
        let news = withRecent { recent -> (changes: [StoredRecord], current: Revision)? in
            upTo >= recent.floor ? (Array(recent.after(upTo)), recent.current) : nil
        }
        guard let news else { return false }
        expiries.withLock { $0.update(with: news.changes, upTo: news.current) }
        return true
    }
}
