import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVEvents

/// The changes after a place, for a client that can't keep a stream open: answered at once when there are any, else when
/// the first comes or the wait is over.
struct LongPoll {
    /// The query parameters of a long poll.
    static let parameters = ["since", "wait", "limit", "previous", "pretty"]
    private static let mostChanges = 1000

    let patterns: [Pattern]
    let start: FeedStart
    let wait: Duration
    let limit: Int
    let wantsPrevious: Bool
    let isPretty: Bool

    init(_ call: Call, _ patterns: [Pattern]) throws {
        let since = call.query.text("since") ?? ""
        start = FeedStart(since)
        if case .nonsense = start {
            throw Problem(
                .invalidParameter,
                "The parameter 'since' is '\(since)'; it must be a revision, the id of an event, 'earliest' or 'now'.")
        }
        wait = try call.query.duration("wait", atMost: call.api.live.limits.longestWait) ?? .zero
        limit = try call.query.number("limit", in: 1...Self.mostChanges) ?? 100
        wantsPrevious = try call.query.flag("previous")
        isPretty = call.isPretty
        self.patterns = patterns
    }

    /// 200 with changes, 204 when none came, 410 when those after the place are not retained any more.
    func response(_ live: Live) async throws -> Response {
        let resolved = try await start.resolve(in: live.store)
        guard !resolved.isLost else { throw Self.gone(resolved.oldest, resolved.current) }
        var position = resolved.position
        let end = ContinuousClock.now + wait
        while true {
            let page = try await live.store.changes(in: .store, after: position.revision, limit: 256)
            guard page.continues(position) else { throw Self.gone(page.beginning, page.end) }
            let wanted = page.changes.filter { change in patterns.contains { $0.matches(change.record.key) } }
            if !wanted.isEmpty { return await found(wanted, page, live) }
            if let last = page.changes.last {
                position = FeedPosition(revision: last.revision, identity: page.identity)
                continue
            }
            guard try await live.waitForChange(after: position.revision, until: end) else {
                return Response(status: 204, headers: Self.headers(position))
            }
        }
    }

    private func found(_ wanted: [Change], _ page: ChangePage, _ live: Live) async -> Response {
        let shown = wanted.prefix(limit)
        let isAll = shown.count == wanted.count
        let last = isAll ? page.changes.last : shown.last
        let next = FeedPosition(revision: last?.revision ?? page.current, identity: page.identity)
        var json = JSONWriter(reserving: shown.reduce(64) { $0 + $1.record.value.utf8.count + 640 })
        json.beginObject()
        json.name("changes")
        json.beginArray()
        for change in shown {
            let event = await live.event(change, in: page, withPrevious: wantsPrevious)
            event.write(to: &json, path: live.keys.path(of: change.record.key), withPrevious: wantsPrevious)
        }
        json.endArray()
        json.name("next")
        json.string(next.description)
        json.name("hasMore")
        json.bool(!isAll || next.revision < page.current)
        json.endObject()
        return Response(
            status: 200, headers: Self.headers(next) + [("Content-Type", "application/json")],
            body: isPretty ? json.text.pretty() : json.bytes)
    }

    private static func headers(_ position: FeedPosition) -> [(name: String, value: String)] {
        [("Nestkv-Revision", String(position.revision)), ("Cache-Control", "no-store")]
    }

    private static func gone(_ oldest: FeedPosition, _ current: FeedPosition) -> StoreError {
        StoreError(
            .gone,
            "This store doesn't have all changes after that; it has those after revision \(oldest.revision), up to "
                + "\(current.revision). Read the value again and go on with 'since=\(current)'.")
    }
}

extension Live {
    /// Returns true when the feed has changes after a revision, and false when the time is up or the service stops.
    fileprivate func waitForChange(after revision: Revision, until end: ContinuousClock.Instant) async throws -> Bool {
        guard end > .now else { return false }
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.store.waitForChange(in: .store, after: revision)
                return true
            }
            group.addTask {
                try? await Task.sleep(until: end, clock: .continuous)
                return false
            }
            group.addTask {
                await self.stopping.wait(after: 0)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }
}
