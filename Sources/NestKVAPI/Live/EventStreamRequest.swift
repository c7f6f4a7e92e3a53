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
        // The header wins: a browser keeps the URL, with the parameter in it, when it comes back.
        let id = call.request.header("Last-Event-ID") ?? call.query.text("last_event_id")
        start = FeedStart(id ?? "now")
    }

    /// The response, which goes on for as long as the client stays. Everything that can fail is done before it begins.
    func response(_ live: Live) async throws -> Response {
        let resolved = try await start.resolve(in: live.store)
        let mustReset = resolved.isLost
        // Who resumes has a snapshot already, and a browser asks for one again only because it is in the URL.
        let isResuming = start.isPlace && !mustReset
        let snapshots =
            mustReset || wantsSnapshot && !isResuming
            ? try await Snapshot.all(of: patterns, in: live.store, limits: live.limits) : []
        let first = snapshots.map(\.node.readRevision).min()
        let position = first.map { resolved.position.at($0) } ?? resolved.position
        var text = EventStreamText(reserving: 256)
        text.retry(Int.random(in: 1000...2000))
        if snapshots.isEmpty { text.id(position.description) }
        text.end()
        if mustReset { resolved.writeReset(to: &text) }
        for snapshot in snapshots {
            let path = live.keys.path(of: snapshot.node.key)
            snapshot.write(to: &text, path: path, id: snapshots.count == 1 ? position : nil)
        }
        if mustReset || wantsSnapshot { writeSynced(position, to: &text) }
        let beginning = text.chunk
        return .stream(headers: Self.headers) { output in
            EventStream(live, self, snapshots, output).start(beginning, after: position)
        }
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
