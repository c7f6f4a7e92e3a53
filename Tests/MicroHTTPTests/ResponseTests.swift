import Testing

@testable import MicroHTTP

/// Responses as they are sent.
@Suite(.timeLimit(.minutes(1)))
struct ResponseTests {
    static let fields: [(name: String, value: String)] = [("Content-Type", "text/plain"), ("X-A", "b")]

    @Test(arguments: [true, false])
    func `a fresh and a prepared response look the same`(_ isPrepared: Bool) async throws {
        let prepared = PreparedResponse(status: 201, headers: Self.fields, body: Array("hello".utf8))
        let replies = try await withServer(handler: { _ in
            isPrepared ? .prepared(prepared) : Response(status: 201, headers: Self.fields, body: Array("hello".utf8))
        }) {
            try await exchange(
                $0.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        for reply in replies {
            #expect(reply.status == 201)
            #expect(reply["Content-Type"] == "text/plain" && reply["X-A"] == "b" && reply["Content-Length"] == "5")
            #expect(reply["Date"]?.hasSuffix("GMT") == true && !reply.closes)
        }
        #expect(replies.map(\.body) == ["hello", "", "hello"])
    }

    @Test func `a prepared response is sent on many connections at once, and outlives its maker`() async throws {
        let body = [UInt8](repeating: 0x61, count: 100_000)
        try await withServer(handler: { _ in .prepared(PreparedResponse(status: 200, body: body)) }) { server in
            let replies = try await withThrowingTaskGroup(of: [Reply].self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await exchange(
                            server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(replies.count == 40 && replies.allSatisfy { $0.bytes == body })
        }
    }

    @Test func `a large request leaves room for the header fields of its response`() async throws {
        let fields = (0..<30).map { (name: "X-\($0)", value: String(repeating: "v", count: 50)) }
        let replies = try await withServer(handler: { _ in Response(status: 200, headers: fields) }) {
            let target = String(repeating: "a", count: 8000)
            let value = String(repeating: "b", count: 8000)
            return try await exchange(
                $0.port, "GET /\(target) HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n")
        }
        #expect(replies.allSatisfy { $0.status == 200 && $0["X-29"] != nil })
    }

    @Test(arguments: [0, -1, 100, 600, 70000])
    func `an invalid status becomes 500`(_ status: Int) async throws {
        let replies = try await withServer(handler: { _ in Response(status: status) }) {
            try await exchange($0.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(replies[0].status == 500)
    }

    @Test func `204 and 304 have no body, and 304 has the length that the 200 would have`() async throws {
        let replies = try await withServer(handler: {
            Response(status: $0.target == Array("/204".utf8) ? 204 : 304, body: Array("hello".utf8))
        }) {
            try await exchange(
                $0.port, "GET /204 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /304 HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /204 HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(replies.map(\.status) == [204, 304, 204])
        #expect(replies.map { $0["Content-Length"] } == [nil, "5", nil])
    }

    @Test func `no value can split a response, and only the server sets Content-Length`() async throws {
        let replies = try await withServer(handler: { _ in
            Response(
                status: 200, headers: [("X-A", "b\r\nX-Evil: c"), ("X-B", "d"), ("content-length", "99")],
                body: Array("hello".utf8))
        }) { try await exchange($0.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
        #expect(replies.map(\.body) == ["hello", "hello"])
        #expect(replies[0]["X-Evil"] == nil && replies[0]["X-A"] == nil && replies[0]["X-B"] == "d")
        #expect(replies[0].fields.count { $0.name.lowercased() == "content-length" } == 1)
    }

    @Test func `a large response reaches a slow reader completely`() async throws {
        let body = [UInt8](repeating: 0x61, count: 8 << 20)
        let text = try await withServer(handler: { _ in Response(status: 200, body: body) }) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                return client.readToEnd().utf8.count
            }
        }
        #expect(text > 8 << 20)
    }
}
