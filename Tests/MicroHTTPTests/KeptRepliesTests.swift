import Glibc
import Synchronization
import TestSupport
import Testing

@testable import MicroHTTP

/// Responses that are sent again without the handler.
@Suite(.timeLimit(.minutes(1)))
struct KeptRepliesTests {
    /// A handler whose responses are current for one generation. It answers with the number of its calls.
    private final class Source: Sendable {
        let generation = Atomic(0)
        let calls = Atomic(0)

        func answer() -> Response {
            let now = generation.load(ordering: .acquiring)
            let call = calls.add(1, ordering: .relaxed).newValue
            var response = Response(status: 200, headers: [("ETag", "\"\(call)\"")], body: Array("\(call)".utf8))
            response.isCurrent = { self.generation.load(ordering: .acquiring) == now }
            return response
        }
    }

    private func withKeeping<Result: Sendable>(
        _ source: Source, _ configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (Server) async throws -> Result
    ) async throws -> Result {
        try await withServer(
            { configuration in
                configuration.threads = 1
                configuration.keptReplyBytes = 1 << 20
                configuration.selectingFields = ["Accept", "If-None-Match", "Origin"]
                configure(&configuration)
            }, answering: { _ in .now(source.answer()) }, body)
    }

    @Test func `the same request is answered without the handler until its response is outdated`() async throws {
        let source = Source()
        let get = "GET /a?b HTTP/1.1\r\nHost: a\r\nAccept: x\r\n\r\n"
        let replies = try await withKeeping(source) { server in
            let before = try await exchange(server.port, get, get) + exchange(server.port, get)
            source.generation.store(1, ordering: .releasing)
            return try await before + exchange(server.port, get, get)
        }
        #expect(replies.map(\.body) == ["1", "1", "1", "2", "2"])
        #expect(replies.map { $0["ETag"] } == ["\"1\"", "\"1\"", "\"1\"", "\"2\"", "\"2\""])
        #expect(replies.allSatisfy { $0["Content-Length"] == "1" && $0["Date"] != nil && !$0.closes })
    }

    @Test(arguments: [
        "HEAD /a HTTP/1.1\r\nHost: a\r\nAccept: x\r\n\r\n",
        "GET /b HTTP/1.1\r\nHost: a\r\nAccept: x\r\n\r\n",
        "GET /a? HTTP/1.1\r\nHost: a\r\nAccept: x\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nAccept: y\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nAccept: x\r\nACCEPT: x\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nIf-None-Match: x\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nAccept: x\r\norigin: o\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nAccept: x\r\nContent-Length: 1\r\n\r\n1",
        "GET http://a/a HTTP/1.1\r\nHost: a\r\nAccept: x\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nAccept: x\r\n\r\n",
    ])
    func `a request that may have another response is asked of the handler`(_ other: String) async throws {
        let source = Source()
        let get = "GET /a HTTP/1.1\r\nHost: a\r\nAccept: x\r\n\r\n"
        let replies = try await withKeeping(source) { server in
            try await exchange(server.port, get, other, get)
        }
        #expect(replies.map { $0["ETag"] } == ["\"1\"", "\"2\"", "\"1\""])
    }

    @Test func `fields that select no response don't matter, but the log shows them`() async throws {
        let source = Source()
        let seen = Collector<Exchange>()
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let replies = try await withKeeping(source, { $0.observer = { seen.add($0) } }) { server in
            let replies = try await exchange(
                server.port, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: a\r\nUser-Agent: u\r\nX-Request-Id: i\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: b\r\ntraceparent: \(trace)\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: b\r\ntraceparent: \(trace)\r\n\r\n", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("all are observed") { seen.all.count == 5 }
            return replies
        }
        #expect(replies.map(\.body) == ["1", "1", "1", "1", "1"])
        let exchanges = seen.all
        #expect(exchanges.map(\.path) == ["/a", "/a", "/a", "/a", "/a"])
        #expect(exchanges.allSatisfy { $0.status == 200 && $0.responseBodyBytes == 1 && $0.durationNanoseconds > 0 })
        #expect(exchanges[1].requestID == "i" && exchanges[1].header("user-agent") == "u")
        #expect(exchanges[2].traceparent == trace && exchanges[3].traceparent == trace)
        #expect(exchanges[0].requestID != exchanges[4].requestID && exchanges[4].traceparent == nil)
    }

    @Test func `a section with NUL in place of colons and line ends is refused after an equal one`() async throws {
        let source = Source()
        let replies = try await withKeeping(source) { server in
            try await exchange(
                server.port, "GET /a HTTP/1.1\r\nHost: a\r\nX: b\r\n\r\n", "GET /a HTTP/1.1\r\nHost: a\r\nX: b\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: a\0\0X\0 b\r\n\r\n")
        }
        #expect(replies.map(\.status) == [200, 200, 400])
    }

    @Test func `a stopping server closes the connection also after a response that it has kept`() async throws {
        let source = Source()
        let reply = try await withKeeping(source, { $0.drainTimeout = .seconds(20) }) { server in
            let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
            _ = try await exchange(server.port, get, get)
            return try await onThread {
                let client = try RawClient(server.port)
                client.send(String(get.dropLast()))
                while server.activeRequests == 0 { usleep(1000) }
                Task { await server.drain() }
                while !server.isDraining.load(ordering: .relaxed) { usleep(1000) }
                client.send("\r\n")
                return try client.readResponse()
            }
        }
        #expect(reply.status == 200 && reply.closes)
    }

    @Test func `without memory for responses nothing is kept`() async throws {
        let source = Source()
        let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
        let replies = try await withKeeping(source, { $0.keptReplyBytes = 0 }) { server in
            try await exchange(server.port, get, get)
        }
        #expect(replies.map(\.body) == ["1", "2"])
    }

    @Test func `the kept bytes are bounded, and large responses displace nothing`() {
        let replies = KeptReplies(bytes: 1 << 20)
        func head(_ number: Int) -> RequestHead {
            let head = RequestHead()
            Array("/\(number)".utf8).withUnsafeBufferPointer { head.setTarget($0) }
            return head
        }
        func response(_ bytes: Int) -> Response {
            var response = Response(status: 200, body: [UInt8](repeating: 0x61, count: bytes))
            response.isCurrent = { true }
            return response
        }
        for number in 0..<20_000 { replies.keep(response(1000), to: head(number)) }
        let kept = (0..<20_000).count { replies.find(head($0)) != nil }
        // Each takes at least its body.
        #expect((200...1048).contains(kept))
        #expect(replies.find(head(19_999)) != nil)
        replies.keep(response(512 << 10), to: head(-1))
        #expect(replies.find(head(-1)) == nil)
        #expect((0..<20_000).count { replies.find(head($0)) != nil } == kept)
    }
}
