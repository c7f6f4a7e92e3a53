import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVEvents

/// What a client wants to follow, and from where on.
struct EventStreamRequest {
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
        // The header wins: a browser keeps the URL, with the parameter in it, when it comes back. Empty, it says nothing.
        let header = call.request.header("Last-Event-ID") ?? ""
        start = FeedStart(header.isEmpty ? call.query.text("last_event_id") ?? "" : header)
    }

    /// The response, which goes on for as long as the client stays. Everything that can fail is done before it begins.
    func response(_ live: Live) async throws -> Response {
        let (feeds, mayGrow) = try await live.store.feeds(of: patterns)
        let resolved = try await start.resolve(feeds, mayGrow: mayGrow, in: live.store)
        let mustReset = resolved.isLost
        // Who resumes has a snapshot already, and a browser asks for one again only because it is in the URL.
        let begins = mustReset || wantsSnapshot && !start.isPlace
        let snapshots =
            begins
            ? try await Snapshot.all(of: patterns, in: live.store, limits: live.limits) : []
        let positions = positions(snapshots, resolved)
        var beginning = StreamBeginning()
        // Not a block of its own: it would end without an id, and the client forget the one that it came with.
        beginning.text.retry(Int.random(in: 1000...2000))
        if mustReset {
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
        let isAlone = feeds.count == 1 && !mayGrow
        return .stream(headers: Self.headers) { output in
            EventStream(live, self, output, isAlone ? nil : positions)
                .start(chunks, after: positions, known: known, mayGrow: mayGrow)
        }
    }

    /// Where the stream goes on behind what comes first.
    private func positions(_ snapshots: [Snapshot], _ resolved: FeedStart.Resolved) -> FeedPositions {
        guard !snapshots.isEmpty else { return resolved.positions }
        // What a wildcard stands for was looked up before the first snapshot was read: a path that came meanwhile is in none.
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
