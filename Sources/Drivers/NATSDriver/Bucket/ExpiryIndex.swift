import NestKVCore

/// When the leaves of a bucket expire, kept in this process: JetStream has no order of times.
///
/// It is made from the headers of all keys when it is asked for first, and kept up to date by what changes since.
struct ExpiryIndex {
    private var times: [Key: Timestamp] = [:]
    private var soonest: Timestamp?
    /// Everything up to this revision is in; nil before the first look.
    private(set) var upTo: Revision?
    /// When what others wrote was asked for last.
    var askedAt: ContinuousClock.Instant?

    /// Begins anew from the last messages of all keys.
    mutating func rebuild(from all: [StoredRecord], upTo revision: Revision) {
        times = [:]
        soonest = nil
        for stored in all { take(stored) }
        upTo = revision
    }

    /// Takes what changed since.
    mutating func update(with changes: some Sequence<StoredRecord>, upTo revision: Revision) {
        for stored in changes { take(stored) }
        upTo = revision
    }

    private mutating func take(_ stored: StoredRecord) {
        let time = stored.operation == .set ? stored.record.expiresAt : nil
        times[stored.key] = time
        if let time, time < soonest ?? .distantFuture { soonest = time }
    }

    /// The keys of leaves whose time is up, the soonest first.
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
    /// How often others are asked for what they wrote.
    private static let askingInterval = Duration.seconds(1)

    /// The leaves whose time is up, the soonest first. What another process wrote is known a second later.
    func expired(by time: Timestamp, limit: Int) async throws(DriverError) -> [Record] {
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
            guard let record = try await latest(key)?.record, record.isExpired(at: time) else { continue }
            records.append(record)
        }
        return records
    }

    /// Takes what this process knows of; false when something between is missing.
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
