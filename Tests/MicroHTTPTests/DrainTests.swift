import Glibc
import TestSupport
import Testing

@testable import MicroHTTP

/// Stopping a server.
@Suite(.timeLimit(.minutes(1)))
struct DrainTests {
    static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(arguments: [true, false])
    func `a request in flight is answered, with Connection: close`(_ isPrepared: Bool) async throws {
        let prepared = PreparedResponse(status: 200, headers: [("X-A", "b")], body: [0x61])
        let (reply, rest) = try await withServer(handler: { _ in
            try? await Task.sleep(for: .milliseconds(300))
            return isPrepared ? .prepared(prepared) : Response(status: 200, headers: [("X-A", "b")], body: [0x61])
        }) { server in
            async let answer = onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send(Self.get)
                return (try client.readResponse(), client.readToEnd())
            }
            try await eventually("the request has arrived") { server.activeRequests == 1 }
            await server.drain()
            return try await answer
        }
        #expect(reply.status == 200 && reply.closes && reply["X-A"] == "b" && reply.body == "a")
        #expect(rest == "")
    }

    @Test func `idle connections are closed at once and new ones refused`() async throws {
        let duration = try await withServer({ $0.drainTimeout = .seconds(30) }) { server in
            let port = server.port
            let client = try await onThread {
                let client = try RawClient(port)
                client.send(Self.get)
                _ = try client.readResponse()
                return client
            }
            let start = Clock.now
            await server.drain()
            let duration = Clock.now - start
            try await onThread {
                #expect(client.isClosedByServer())
                #expect(throws: RawClient.Failure.self) { try RawClient(port) }
            }
            #expect(server.port == port && server.connections == 0)
            return duration
        }
        #expect(duration < 5_000_000_000)
    }

    @Test func `a handler that never answers does not keep the server from stopping`() async throws {
        let late = Collector<CheckedContinuation<Void, Never>>()
        let server: Server = {
            var configuration = ServerConfiguration()
            configuration.drainTimeout = .milliseconds(300)
            return Server(configuration: configuration) { request in
                .later {
                    await withCheckedContinuation { late.add($0) }
                    return Response(status: request.header("x-a") == "b" ? 200 : 500)
                }
            }
        }()
        try server.start()
        async let answer = onThread { [port = server.port] in
            let client = try RawClient(port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n")
            return try client.readResponse()
        }
        try await eventually("the reply arrives") { late.all.count == 1 }
        let start = Clock.now
        await server.drain()
        #expect(Clock.now - start < 5_000_000_000)
        let reply = try await answer
        #expect(reply.status == 503 && reply.isProblem && reply.closes)
        // It answers long after the end of its connection, and must not crash.
        late.all.first?.resume()
        try await Task.sleep(for: .milliseconds(50))
    }

    @Test func `a request that does not arrive is answered 503 in the end`() async throws {
        let text = try await withServer({ $0.drainTimeout = .milliseconds(300) }) { server in
            async let answer = onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
                return client.readToEnd()
            }
            try await eventually("the request has arrived") { server.activeRequests == 1 }
            await server.drain()
            return try await answer
        }
        #expect(text.hasPrefix("HTTP/1.1 503 "))
    }

    @Test func `under load every answered request got a complete answer`() async throws {
        try await withServer(handler: { request in
            if request.target.count > 2 { try? await Task.sleep(for: .milliseconds(1)) }
            return Response(status: 200, body: Array("hello".utf8))
        }) { server in
            let port = server.port
            let answered = Collector<Int>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        try await onThread {
                            while true {
                                guard let client = try? RawClient(port) else { return }
                                for _ in 0..<1000 {
                                    guard
                                        client.send(
                                            "GET /\(number % 2 == 0 ? "" : "waits") HTTP/1.1\r\nHost: a\r\n\r\n")
                                    else { break }
                                    guard let reply = try? client.readResponse() else { break }
                                    #expect(reply.status == 200 && reply.body == "hello")
                                    answered.add(1)
                                    if reply.closes { break }
                                }
                            }
                        }
                    }
                }
                try await Task.sleep(for: .milliseconds(300))
                await server.drain()
                try await group.waitForAll()
            }
            #expect(answered.all.count > 10)
        }
    }

    @Test func `draining twice, and before the start, is harmless`() async throws {
        let unstarted = Server(configuration: ServerConfiguration()) { _ in .now(Response(status: 200)) }
        await unstarted.drain()
        try await withServer { server in
            async let first: Void = server.drain()
            async let second: Void = server.drain()
            _ = await (first, second)
        }
    }
}
