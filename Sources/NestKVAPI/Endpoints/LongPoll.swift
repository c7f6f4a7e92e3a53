import MicroHTTP
import MicroJSON
import MicroText
import NestKVCore
import NestKVEvents
import NestKVStorage

/// A request for the changes after a position, for clients that can't keep a stream open. It is answered immediately
/// if there are changes, otherwise when the first one happens or the wait ends.
struct LongPoll: Sendable {
    /// The query parameters of a long poll.
    static let parameters = ["since", "wait", "limit", "previous", "pretty", "schema"]
    private static let mostChanges = 1000
    /// The most that is read and answered on an HTTP thread.
    private static let changesAtOnce = 16, bytesAtOnce = 256 << 10

    let patterns: [Pattern]
    let start: FeedStart
    let wait: Duration
    let limit: Int
    let wantsPrevious: Bool
    let isPretty: Bool

    init(_ call: Call, _ patterns: [Pattern]) throws {
        let since = call.query.text("since") ?? ""
        start = FeedStart(since)
        if case .nonsense = start { throw Self.notAPlace(since) }
        // Without a position, a client that polls for the first time would miss all changes before the poll.
        if since.isEmpty { throw Self.notAPlace(since) }
        wait = try call.query.read("wait", .duration(from: .zero, to: call.api.live.limits.longestWait)) ?? .zero
        limit = try call.query.number("limit", in: 1...Self.mostChanges) ?? 100
        wantsPrevious = try call.query.flag("previous")
        isPretty = call.isPretty
        self.patterns = patterns
    }

    private static func notAPlace(_ since: String) -> Problem {
        Problem(
            .invalidParameter,
            "The query parameter 'since' is '\(since)'; it must be a revision, an event id, 'earliest' or 'now'.")
    }

    /// 200 with changes, 204 when there were none, 410 when the changes after the position are no longer retained.
    func response(_ call: Call) async throws -> Response {
        let store = call.store
        let (feeds, mayGrow) = try await store.feeds(of: patterns)
        let resolved = try await start.resolve(feeds, mayGrow: mayGrow, in: store)
        guard !resolved.isLost else { throw Self.gone(resolved.oldest, resolved.current) }
        var positions = resolved.positions
        let end = ContinuousClock.now + wait
        while true {
            var look = try await look(after: positions, in: feeds, resolved.current, atOnce: true, call)
            // There is much to read, so it is read and freed in the compute pool.
            while case .on(let next) = look {
                look = try await call.computing {
                    try await self.look(after: next, in: feeds, resolved.current, atOnce: false, call)
                }
            }
            switch look {
            case .found(let response): return response
            case .on(let next), .end(let next): positions = next
            }
            guard try await call.waitForChange(after: positions, until: end) else {
                return Response(status: 204, headers: Self.headers(positions))
            }
        }
    }

    /// The result of searching the feeds.
    private enum Look: Sendable {
        case found(Response)
        /// Nothing matched up to these positions, and the feeds have more changes.
        case on(FeedPositions)
        /// Nothing matched up to the end of the feeds.
        case end(FeedPositions)
    }

    /// Searches some pages of each feed.
    ///
    /// - Parameter atOnce: whether it is called on an HTTP thread and must not read much.
    private func look(
        after start: FeedPositions, in feeds: [Feed], _ current: FeedPositions, atOnce: Bool, _ call: Call
    ) async throws -> Look {
        let pageSize = atOnce ? Self.changesAtOnce : 256
        var positions = start
        for _ in 0..<(atOnce ? 1 : 100) {
            var hasMore = false
            for feed in feeds {
                guard let position = positions[feed] else { continue }
                var reader = FeedReader(call.store, feed, after: position)
                let page: ChangePage
                switch try await reader.next(limit: pageSize) {
                case .changes(let found): page = found
                case .end: continue
                case .reset(let end): throw Self.gone(end.oldest, current)
                }
                let wanted = page.changes.filter { change in patterns.contains { $0.matches(change.record.key) } }
                if !wanted.isEmpty {
                    let bytes = wanted.reduce(0) { $0 + $1.record.value.utf8.count }
                    let isMuch = wantsPrevious || page.changes.count >= pageSize || bytes > Self.bytesAtOnce
                    if atOnce, isMuch { return .on(positions) }
                    return .found(try await found(wanted, page, feed, positions, call))
                }
                positions[feed] = reader.position
                hasMore = true
            }
            if !hasMore { return .end(positions) }
        }
        return .on(positions)
    }

    /// The answer with changes of one feed. Changes of other feeds are returned by the next poll.
    private func found(
        _ wanted: [Change], _ page: ChangePage, _ feed: Feed, _ positions: FeedPositions, _ call: Call
    ) async throws -> Response {
        let store = call.store
        let most = store.limits.composedBytes
        var json = JSONWriter(reserving: 4096)
        json.beginObject()
        json.name("changes")
        json.beginArray()
        var shown: [Change] = []
        for change in wanted.prefix(limit) {
            let event = await store.event(change, in: page, withPrevious: wantsPrevious)
            // The next poll returns the rest.
            guard shown.isEmpty || json.bytes.count + event.valueBytes + 1024 <= most else { break }
            shown.append(change)
            event.write(
                to: &json, path: call.api.keys.path(of: change.record.key), withPrevious: wantsPrevious,
                showing: { call.api.schemas.shown($0, in: call.shape) })
        }
        json.endArray()
        let isAll = shown.count == wanted.count
        let last = isAll ? page.changes.last : shown.last
        var next = positions
        next[feed] = page.end.at(last?.revision ?? page.current)
        json.member("next", next.description)
        json.member("hasMore", !isAll || next[feed] != page.end || positions.feeds.count > 1)
        json.endObject()
        return Response(
            status: 200, headers: Self.headers(next) + [.contentType: MediaType.json],
            body: try json.text.body(isPretty: isPretty, store.limits))
    }

    private static func headers(_ positions: FeedPositions) -> HeaderFields {
        [
            .revision: String(positions.revision), .next: positions.description,
            .cacheControl: "no-store",
        ]
    }

    private static func gone(_ oldest: Revision, _ current: FeedPositions) -> StoreError {
        StoreError(
            .gone,
            "Changes after this position are missing; the store retains those after revision \(oldest), up to revision "
                + "\(current.revision). Read the value again and continue with 'since=\(current)'.")
    }
}

extension Call {
    /// Returns true when one of the feeds has changes after its place, and false when the time is up or the service
    /// stops.
    fileprivate func waitForChange(after positions: FeedPositions, until end: ContinuousClock.Instant) async throws
        -> Bool
    {
        guard end > .now else { return false }
        let store = store
        let stopping = api.live.stopping
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            for feed in positions.feeds {
                let revision = positions[feed]?.revision ?? 0
                group.addTask {
                    try await store.waitForChange(in: feed, after: revision)
                    return true
                }
            }
            group.addTask {
                try? await Task.sleep(until: end, clock: .continuous)
                return false
            }
            group.addTask {
                await stopping.wait(after: 0)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }
}
