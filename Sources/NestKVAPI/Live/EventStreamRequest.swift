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
        let resolved = try await start.resolve(in: live.store)
        let mustReset = resolved.isLost
        // Who resumes has a snapshot already, and a browser asks for one again only because it is in the URL.
        let begins = mustReset || wantsSnapshot && !start.isPlace
        let snapshots =
            begins
            ? try await Snapshot.all(of: patterns, in: live.store, limits: live.limits) : []
        let position = position(snapshots, resolved)
        var text = EventStreamText(reserving: 256)
        // Not a block of its own: it would end without an id, and the client forget the one that it came with.
        text.retry(Int.random(in: 1000...2000))
        if mustReset {
            resolved.writeReset(to: &text)
        } else if snapshots.isEmpty {
            text.id(position.description)
            text.end()
        }
        for snapshot in snapshots {
            let path = live.keys.path(of: snapshot.node.key)
            snapshot.write(to: &text, path: path, id: snapshots.count == 1 ? position : nil)
        }
        if begins { writeSynced(position, to: &text) }
        let beginning = text.chunks
        let known = snapshots.map(\.extent)
        return .stream(headers: Self.headers) { output in
            EventStream(live, self, output).start(beginning, after: position, known: known)
        }
    }

    /// Where the stream goes on behind what comes first.
    private func position(_ snapshots: [Snapshot], _ resolved: FeedStart.Resolved) -> FeedPosition {
        guard let first = snapshots.map(\.node.readRevision).min() else { return resolved.position }
        // What a wildcard stands for was looked up before the first snapshot was read: a path that came meanwhile is in none.
        return patterns.allSatisfy(\.isOnePath) ? resolved.current.at(first) : resolved.current
    }

    private func writeSynced(_ position: FeedPosition, to text: inout EventStreamText) {
        var json = JSONWriter()
        json.beginObject()
        json.name("revision")
        json.integer(position.revision)
        json.endObject()
        text.id(position.description)
        text.event("synced")
        text.data(json.bytes)
        text.end()
    }

    private static let headers = [
        (name: "Content-Type", value: EventStreamText.mediaType), (name: "Cache-Control", value: "no-store"),
        (name: "X-Accel-Buffering", value: "no"), (name: "Vary", value: "Accept"),
    ]
}
