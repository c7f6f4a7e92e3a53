import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVEvents

/// What a client wants to follow, and from where on.
struct EventStreamRequest: Sendable {
    /// The query parameters of a stream.
    static let parameters = ["snapshot", "previous", "last_event_id"]

    let patterns: [Pattern]
    let wantsPrevious: Bool
    let wantsSnapshot: Bool
    let start: FeedStart

    init(_ call: Call, _ patterns: [Pattern]) throws {
        self.patterns = patterns
        wantsPrevious = try call.query.flag("previous")
        wantsSnapshot = try call.query.flag("snapshot")
        // The header wins: a browser keeps the URL, with the parameter in it, when it comes back. Empty, it says
        // nothing.
        let header = call.request.header("Last-Event-ID") ?? ""
        start = FeedStart(header.isEmpty ? call.query.text("last_event_id") ?? "" : header)
    }

    /// The response, which goes on for as long as the client stays. Everything that can fail is done before it begins.
    func response(_ call: Call) async throws -> Response {
        let live = call.api.live
        let (feeds, mayGrow) = try await live.store.feeds(of: patterns)
        let resolved = try await start.resolve(feeds, mayGrow: mayGrow, in: live.store)
        let mustReset = resolved.isLost
        // Who resumes has a snapshot already, and a browser asks for one again only because it is in the URL.
        let begins = mustReset || wantsSnapshot && !start.isPlace
        let isAlone = feeds.count == 1 && !mayGrow
        guard begins else { return try beginning([], resolved, isAlone, mayGrow, begins, live) }
        let read = { @Sendable in try await Snapshot.all(of: patterns, in: live.store, limits: live.limits) }
        // Of wildcards nobody knows how much they name.
        let snapshots = patterns.allSatisfy(\.isOnePath) ? try await read() : try await call.computing(read)
        guard snapshots.contains(where: \.node.isLarge) || snapshots.count > 16 else {
            return try beginning(snapshots, resolved, isAlone, mayGrow, begins, live)
        }
        return try await call.computing { try beginning(snapshots, resolved, isAlone, mayGrow, begins, live) }
    }

    private func beginning(
        _ snapshots: [Snapshot], _ resolved: FeedStart.Resolved, _ isAlone: Bool, _ mayGrow: Bool, _ begins: Bool,
        _ live: Live
    ) throws -> Response {
        let positions = positions(snapshots, resolved)
        var beginning = StreamBeginning()
        // Not a block of its own: it would end without an id, and the client forget the one that it came with.
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
        return .stream(headers: Self.headers) { output in
            EventStream(live, self, output, isAlone ? nil : positions)
                .start(chunks, after: positions, known: known, mayGrow: mayGrow)
        }
    }

    /// Where the stream goes on behind what comes first.
    private func positions(_ snapshots: [Snapshot], _ resolved: FeedStart.Resolved) -> FeedPositions {
        guard !snapshots.isEmpty else { return resolved.positions }
        // What a wildcard stands for was looked up before the first snapshot was read: a path that came meanwhile is in
        // none.
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
        text.data { json in
            json.beginObject()
            json.name("revision")
            json.integer(positions.revision)
            json.endObject()
        }
        text.end()
    }

    private static let headers = [
        (name: "Content-Type", value: EventStreamText.mediaType), (name: "Cache-Control", value: "no-store"),
        (name: "X-Accel-Buffering", value: "no"), (name: "Vary", value: "Accept"),
    ]
}
