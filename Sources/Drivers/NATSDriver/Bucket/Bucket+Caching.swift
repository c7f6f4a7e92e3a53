import NestKVStorage
import Synchronization

extension Bucket {
    /// The most messages that one check for new messages reads. With more, reading the path again is cheaper.
    private static let newsMax = 64
    /// How long to wait for messages that the followed feed will deliver anyway.
    private static let patience = Duration.milliseconds(10)
    /// How often the stream's state is checked while it is used.
    private static let lookInterval = Duration.seconds(1)
    /// How long a leader of a cluster may have less than was known, before that counts as a loss.
    private static let leadersPatience = Duration.seconds(10)

    /// The records of a path without reading it, if nothing at, above or below it changed since it was read.
    ///
    /// A read for a commit gets them at once. For all other reads, the server is asked first whether it has newer
    /// messages, by one request for all readers that wait at the same time.
    func known(_ key: Key, _ reach: Reach) async throws(DriverError) -> NodeRecords? {
        guard var records = cached(key, reach) else { return nil }
        if reach.mayBeOutdated {
            records.mayBeOutdated = true
            return records
        }
        let isCurrent = try await confirmations.wait { () async throws(DriverError) in try await self.learnNews() }
        return isCurrent ? cached(key, reach) : nil
    }

    private func cached(_ key: Key, _ reach: Reach) -> NodeRecords? {
        let revision = revision
        return cache.find(key, table.marks(of: key), reach, at: revision)
    }

    /// Keeps what was read.
    ///
    /// - Parameter marks: the path's marks before it was read.
    func keep(_ records: inout NodeRecords, of reading: Reading, _ key: Key, _ marks: ChangeTable.Marks, _ reach: Reach)
    {
        let all = [reading.latest].compactMap { $0 } + reading.ancestors + reading.below
        guard all.allSatisfy(isKept) else { return }
        cache.keep(&records, key, marks, reach)
    }

    /// Whether a message stays until another replaces it, and is a record that nestkv can read.
    func isKept(_ stored: StoredRecord) -> Bool {
        stored.isReadable && !stored.vanishes && !configuration.hasAge
    }

    /// Reads what was stored before this call; false if there are too many messages.
    func learnNews() async throws(DriverError) -> Bool {
        let isCounted = missing.withLock { .now - $0.at < Self.lookInterval }
        if !isCounted, try await !isUnchanged(counting: true) {
            throw DriverError(.unavailable, "The bucket of \(stream) was deleted or changed by another program.")
        }
        let comes = isFollowed.load(ordering: .relaxed) || isWriting.load(ordering: .relaxed)
        if comes, try await waitForNews() { return true }
        let page = try await page(after: revision, limit: Self.newsMax)
        guard let end = page.rows.last?.sequence else { return true }
        await waitForGaps(in: page.rows)
        // A commit is learned as a whole. Otherwise its leaves would be shown without each other.
        let whole = page.rows.lastIndex { $0.stored?.following ?? 0 == 0 }.map { page.rows[...$0] } ?? []
        learn(Array(whole))
        guard revision < page.last else { return true }
        // A bucket that is followed gets the messages one by one.
        if end < page.last, !isFollowed.load(ordering: .relaxed) { forget(upTo: page.last) }
        return false
    }

    /// Waits for what was stored before this call and is delivered by the followed feed, so that it isn't read twice;
    /// false if it doesn't come soon.
    private func waitForNews() async throws(DriverError) -> Bool {
        let (known, taken) = withRecent { ($0.current, $0.taken) }
        let (rows, last) = try await page(after: known, limit: 1)
        guard let first = rows.first?.sequence else { return true }
        await signal.wait(after: last - 1, atMost: Self.patience)
        // If numbers are missing, the last one is greater than expected. This many messages have come all the same.
        return withRecent { $0.taken >= taken + (last - first + 1) }
    }

    /// Whether this is still the same bucket as a second ago at most. A process that only writes has no other way to
    /// notice that the bucket stopped keeping its messages.
    func isUnchangedLately() async throws(DriverError) -> Bool {
        if lookedAt.withLock({ .now - $0 < Self.lookInterval }) { return true }
        return try await isUnchanged(counting: false)
    }

    /// Asks whether the bucket is still the same.
    ///
    /// - Parameter counting: whether to forget what was read if the stream has fewer messages than were added since. A
    ///   deleted message leaves no other trace. A message that its leaf's history pushed out leaves the same trace, so
    ///   this forgets too often.
    private func isUnchanged(counting: Bool) async throws(DriverError) -> Bool {
        let known = revision
        guard let info = try await server.streamInfo(stream), isSame(as: info, after: known) else { return false }
        lookedAt.withLock { $0 = .now }
        guard counting else { return true }
        let now = MissingMessages(info)
        let before = missing.withLock { missing in
            defer { missing = now }
            return missing
        }
        if before.count != now.count { withRecent { table.markAll($0.current) } }
        return true
    }

    /// Whether a stream is still this one and has everything that was known of it before the request.
    func isSame(as info: Answer, after known: Revision) -> Bool {
        info["created"].string == created && configuration == BucketConfiguration(info, of: name)
            && !isShorter(info, than: known)
    }

    /// Whether a stream has lost its latest messages. A leader that has just been elected may still catch up.
    func isShorter(_ info: Answer, than known: Revision) -> Bool {
        shortSince.withLock { since in
            guard info["state"]["last_seq"].count < known else {
                since = nil
                return false
            }
            since = since ?? .now
            return configuration.replicas == 1 || .now - since! > Self.leadersPatience
        }
    }
}

/// The count of a stream's numbers without a message, as of the latest request.
struct MissingMessages: Sendable {
    let count: UInt64
    let at = ContinuousClock.now

    /// Reads the server's description of the stream.
    init(_ info: Answer) {
        count = info["state"]["last_seq"].count &- info["state"]["messages"].count
    }
}

/// Callers that share one question to the server. A caller that comes while a question is under way waits for the next
/// one, which is asked after the caller came.
final class Confirmations: Sendable {
    private typealias Waiter = TypedContinuation<Bool, DriverError>

    private struct State {
        var waiting: [Waiter] = []
        var isAsking = false
    }

    private let state = Mutex(State())

    /// Waits for the answer to a question that is asked from now on.
    func wait(_ ask: @escaping @Sendable () async throws(DriverError) -> Bool) async throws(DriverError) -> Bool {
        try await withTypedContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiting.append(continuation)
                defer { state.isAsking = true }
                return !state.isAsking
            }
            if isFirst { Task.immediateDetached { await self.answer(ask) } }
        }
    }

    private func answer(_ ask: () async throws(DriverError) -> Bool) async {
        while let waiting = next() {
            let result: Result<Bool, DriverError>
            do throws(DriverError) {
                result = .success(try await ask())
            } catch {
                result = .failure(error)
            }
            for continuation in waiting { continuation.resume(with: result) }
        }
    }

    private func next() -> [Waiter]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isAsking = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
