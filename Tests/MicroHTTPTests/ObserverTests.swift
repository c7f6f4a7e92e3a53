import Glibc
import TestSupport
import Testing

@testable import MicroHTTP

/// Every request is observed once, however it ends.
@Suite(.timeLimit(.minutes(1)))
struct ObserverTests {
    /// The exchanges seen while `requests` are sent, each on a connection of its own.
    private func observe(_ requests: String..., handler: @escaping @Sendable (Request) async -> Response) async throws
        -> [Exchange]
    {
        let seen = Collector<Exchange>()
        try await withServer(
            {
                $0.observer = { seen.add($0) }
                $0.headerTimeout = .milliseconds(300)
                $0.bodyTimeout = .milliseconds(300)
            }, handler: handler
        ) { server in
            for request in requests {
                try await onThread { [port = server.port] in
                    let client = try RawClient(port)
                    client.send(request)
                    if !request.isEmpty { _ = try client.readResponse() }
                }
            }
            try await eventually("the connection is closed") { server.connections == 0 }
        }
        return seen.all
    }

    @Test func `an answered request`() async throws {
        let seen = try await observe(
            "PUT /a%20b?c HTTP/1.1\r\nHost: a\r\nX-Request-Id: r1\r\nUser-Agent: t\r\nContent-Length: 3\r\n\r\nabc"
        ) { _ in
            try? await Task.sleep(for: .milliseconds(5))
            var response = Response(status: 201, body: [1, 2])
            response.logFields = [("transaction", "t1")]
            return response
        }
        let exchange = try #require(seen.first)
        #expect(seen.count == 1)
        #expect(exchange.method == "PUT" && exchange.path == "/a%20b" && exchange.status == 201)
        #expect(exchange.requestBodyBytes == 3 && exchange.responseBodyBytes == 2)
        #expect(exchange.requestID == "r1" && exchange.header("user-agent") == "t" && exchange.traceparent == nil)
        #expect(exchange.logFields.map(\.value) == ["t1"])
        #expect(exchange.remoteAddress.hasPrefix("127.0.0.1:") && !exchange.remoteAddress.hasSuffix(":0"))
        #expect((5_000_000..<5_000_000_000).contains(exchange.durationNanoseconds))
        #expect(exchange.ending == .completed && exchange.rejection == nil)
    }

    @Test func `refused requests are observed, including those refused by the library, but not an idle connection`()
        async throws
    {
        let seen = try await observe(
            "GET /x HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
            "PUT /y HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            "GET /z HTTP/1.1\r\nHost", "GET /z", ""
        ) { _ in Response(status: 200) }
        #expect(seen.map(\.status) == [400, 505, 400, 408, 408])
        #expect(seen.map(\.path) == ["/x", "", "/y", "/z", ""])
        #expect(seen.map(\.ending) == [.completed, .completed, .completed, .timedOut, .timedOut])
        #expect(seen[0].rejection == .missingHost && seen[1].rejection == .versionNotSupported)
    }

    @Test func `a client that disconnected before its answer`() async throws {
        let seen = Collector<Exchange>()
        try await withServer(
            { $0.observer = { seen.add($0) } },
            handler: { _ in
                try? await Task.sleep(for: .milliseconds(100))
                return Response(status: 200, body: [UInt8](repeating: 0, count: 4 << 20))
            }
        ) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("GET /gone HTTP/1.1\r\nHost: a\r\n\r\n")
                for _ in 0..<100 where server.activeRequests == 0 { usleep(1000) }
                client.reset()
            }
            try await eventually("the connection is closed") { server.connections == 0 }
        }
        #expect(seen.all.map(\.ending) == [.aborted])
    }

    @Test func `a request that was abandoned at the stop`() async throws {
        let seen = Collector<Exchange>()
        try await withServer(
            {
                $0.observer = { seen.add($0) }
                $0.drainTimeout = .milliseconds(100)
            },
            handler: { _ in
                try? await Task.sleep(for: .milliseconds(700))
                return Response(status: 200)
            }
        ) { server in
            async let status = onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readResponse().status
            }
            try await eventually("the request has arrived") { server.activeRequests == 1 }
            await server.drain()
            let answered = try await status
            #expect(answered == 503)
        }
        #expect(seen.all.map(\.status) == [503])
        #expect(seen.all.map(\.ending) == [.shutDown])
    }
}
