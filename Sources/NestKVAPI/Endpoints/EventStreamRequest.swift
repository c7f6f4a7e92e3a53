import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVEvents

/// A request for a stream of events: which changes the client follows, and from where.
struct EventStreamRequest: Sendable {
    /// The query parameters of a stream.
    static let parameters = ["snapshot", "previous", "last_event_id", "schema"]

    let patterns: [Pattern]
    let wantsPrevious: Bool
    let wantsSnapshot: Bool
    let start: FeedStart
    let shape: Shape

    init(_ call: Call, _ patterns: [Pattern]) throws {
        self.patterns = patterns
        shape = call.shape
        wantsPrevious = try call.query.flag("previous")
        wantsSnapshot = try call.query.flag("snapshot")
        // The header wins, because a browser that reconnects keeps the parameter in its URL. An empty header is
        // ignored.
        let header = call.request.header(.lastEventID) ?? ""
        start = FeedStart(header.isEmpty ? call.query.text("last_event_id") ?? "" : header)
    }

    /// The response, which lasts as long as the client is connected. Everything that can fail happens before it begins.
    func response(_ call: Call) async throws -> Response {
        let live = call.api.live
        let store = call.store
        let (feeds, mayGrow) = try await store.feeds(of: patterns)
        let resolved = try await start.resolve(feeds, mayGrow: mayGrow, in: store)
        let mustReset = resolved.isLost
        // A client that resumes already has a snapshot; a browser only repeats the parameter that is in its URL.
        let begins = mustReset || wantsSnapshot && !start.isPlace
        let isAlone = feeds.count == 1 && !mayGrow
        guard begins else { return try beginning([], resolved, isAlone, mayGrow, begins, live, store) }
        let read = { @Sendable in
            try await Snapshot.all(of: patterns, in: store, stored: live.store, limits: live.limits)
        }
        // It is unknown how many paths a wildcard matches.
        let snapshots = patterns.allSatisfy(\.isOnePath) ? try await read() : try await call.computing(read)
        guard snapshots.contains(where: \.node.isLarge) || snapshots.count > 16 else {
            return try beginning(snapshots, resolved, isAlone, mayGrow, begins, live, store)
        }
        return try await call.computing(with: Parcel(consume snapshots)) {
            try beginning($0, resolved, isAlone, mayGrow, begins, live, store)
        }
    }

    private func beginning(
        _ snapshots: [Snapshot], _ resolved: FeedStart.Resolved, _ isAlone: Bool, _ mayGrow: Bool, _ begins: Bool,
        _ live: Live, _ store: any Store
    ) throws -> Response {
        let positions = positions(snapshots, resolved)
        var beginning = StreamBeginning()
        // Not a block of its own: it would have no id, and the client would forget the id that it came with.
        beginning.text.retry(Int.random(in: 1000...2000))
        if resolved.isLost {
            resolved.writeReset(to: &beginning.text)
        } else if snapshots.isEmpty {
            beginning.text.id(positions.description)
            beginning.text.end()
        }
        for snapshot in snapshots {
            let path = live.keys.path(of: snapshot.node.key)
            try snapshot.write(
                to: &beginning, path: path, id: snapshots.count == 1 ? positions.description : nil, live)
        }
        if begins { writeSynced(positions, to: &beginning.text) }
        let chunks = beginning.all(countedIn: live.inFlight)
        let known = snapshots.map(\.extent)
        return .stream(headers: Self.headers.list) { output in
            let stream = EventStream(
                live, store, shape, following: patterns, wantsPrevious: wantsPrevious, output,
                isAlone ? nil : positions)
            stream.start(chunks, after: positions, known: known, mayGrow: mayGrow)
        }
    }

    /// The positions from which the stream continues after its beginning.
    private func positions(_ snapshots: [Snapshot], _ resolved: FeedStart.Resolved) -> FeedPositions {
        guard !snapshots.isEmpty else { return resolved.positions }
        // The wildcards' paths were looked up before the first snapshot was read, so a path that was created meanwhile
        // is in no snapshot.
        guard patterns.allSatisfy(\.isOnePath) else { return resolved.current }
        var positions = resolved.current
        for feed in positions.feeds {
            let first = snapshots.map(\.extent).filter { $0.isIn(feed) }.map(\.revision).min()
            if let first { positions[feed] = positions[feed]?.at(first) }
        }
        return positions
    }

    private func writeSynced(_ positions: FeedPositions, to text: inout EventStreamText) {
        text.id(positions.description)
        text.event("synced")
        text.data { json in json.object { $0.member("revision", positions.revision) } }
        text.end()
    }

    private static let headers: HeaderFields = [
        .contentType: EventStreamText.mediaType, .cacheControl: "no-store",
        .buffering: "no", .vary: HeaderName.accept.rawValue,
    ]
}
