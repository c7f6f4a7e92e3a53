import MicroJSON
import TestSupport
import Testing

/// Limits on streams, what keeps them alive, and clients of other kinds.
@Suite(.timeLimit(.minutes(3)))
struct StreamLimitsTests {
    @Test func `more streams than allowed get 503, and a vanished one makes room within a second`() async throws {
        try await withService(.memory, ["--max-streams", "3"]) { service in
            var streams: [EventSource] = []
            for _ in 0..<3 { streams.append(try await service.following("/e")) }
            defer { for stream in streams { stream.close() } }
            let refusal = try await service.client().send("GET", "/_events")
            #expect(try refusal.status == 503 && refusal.part("/code") == .string("too-many-streams"))
            #expect(refusal["Retry-After"] != nil && refusal["Content-Type"] == "application/problem+json")
            #expect(try await service.client().send("GET", "/_capabilities").part("/limits/streams") == .integer(3))
            streams[1].close()
            let port = service.port
            try await eventually("the place of a client that is gone is free", seconds: 5) {
                EventSource.answers(port: port, "/e")
            }
        }
    }

    @Test func `more patterns than allowed, and malformed ones, get 400`() async throws {
        try await withService(.memory, ["--max-patterns", "2", "--entry-points", "e,f"]) { service in
            let client = service.client()
            for query in [
                "match=/e/a&match=/e/b&match=/e/c", "match=/e/%23/a", "match=/e//a", "match=/e/%252", "match=/e/a%2500",
                "match=/" + String(repeating: "a/", count: 80), "match=/" + String(repeating: "a", count: 1100),
            ] {
                let reply = try await client.send("GET", "/_events?\(query)")
                #expect([400, 404, 414].contains(reply.status), "\(query): \(reply.status)")
                #expect(reply["Content-Type"] == "application/problem+json")
            }
            #expect(try await client.send("GET", "/_events?match=/other/a").status == 404)
            // Only the first segment is an entry point.
            let stream = try await service.following("/_events?match=/e/+/x&match=/f/a/b")
            defer { stream.close() }
            _ = try await client.send("PUT", "/e/any/x", body: "1")
            _ = try await client.send("PUT", "/f/a/b", body: "2")
            #expect(try await stream.wait(for: 2).map(\.line) == ["set /e/any/x 1", "set /f/a/b 2"])
        }
    }

    @Test(arguments: StoreKind.tested)
    func `a silent stream gets comments, and bookmarks of what others change`(_ store: StoreKind) async throws {
        try await withService(store, ["--keep-alive", "200ms"]) { service in
            let stream = try await service.following("/quiet/a")
            defer { stream.close() }
            try await eventually("a comment comes") { stream.comments > 1 }
            let before = stream.lastEventID
            // On NATS each entry point is a feed of its own.
            let other = store == .nats ? "/quiet/b" : "/busy/a"
            let put = try await service.client().send("PUT", other, body: "1")
            let revision = put["Nestkv-Revision"] ?? ""
            try await eventually("a bookmark comes") { stream.lastEventID.hasPrefix("\(revision)-") }
            #expect(before != stream.lastEventID && stream.events.isEmpty && stream.endings.isEmpty)
        }
    }

    @Test
    func `HTTP 1.0 gets the stream without chunks, HEAD its headers, and a page of an allowed origin may read it`()
        async throws
    {
        try await withService(.memory, ["--cors-origins", "https://app.example"]) { service in
            let port = service.port
            let text = try await onThread {
                let old = try Connection(port: port)
                try old.send(Array("GET /e HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n".utf8))
                let head = try old.readHead()
                let put = HTTPRequest("PUT", "/e/a", body: Array("1".utf8))
                _ = try Connection(port: port).send(put)
                var body: [UInt8] = []
                while !body.suffix(2).elementsEqual("\n\n".utf8) || !body.contains(UInt8(ascii: "{")) {
                    body += try old.readSome()
                }
                guard head["Transfer-Encoding"] == nil else { throw TestFailure("HTTP/1.0 knows no chunks") }
                return String(decoding: body, as: UTF8.self)
            }
            #expect(text.hasPrefix("retry: ") && text.contains("\nevent: set\ndata: {") && text.hasSuffix("}\n\n"))
            let head = try await service.client().send("HEAD", "/e", headers: [("Accept", "text/event-stream")])
            #expect(head.status == 200 && head["Content-Type"] == "text/event-stream")
            let page = try await service.following("/e", headers: [("Origin", "https://app.example")])
            defer { page.close() }
            #expect(page.head?["Access-Control-Allow-Origin"] == "https://app.example")
        }
    }
}

extension EventSource {
    /// Whether a stream can be opened there now.
    fileprivate static func answers(port: Int, _ target: String) -> Bool {
        guard let connection = try? Connection(port: port) else { return false }
        try? connection.send(
            Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".utf8))
        return (try? connection.readHead())?.status == 200
    }
}
