import Glibc
import TestSupport
import Testing

@testable import MicroHTTP

/// Several requests on a connection, several connections, and clients that disconnect.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test(arguments: [0, 3])
    func `pipelined requests are answered in order, also by a handler that waits`(_ milliseconds: Int) async throws {
        let bodies = try await withServer(handler: { request in
            if milliseconds > 0 { try? await Task.sleep(for: .milliseconds(milliseconds)) }
            return await describe(request)
        }) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send(
                    (1...100).map { "PUT /\($0) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" }.joined())
                return try (1...100).map { _ in try client.readResponse().body }
            }
        }
        #expect(bodies == (1...100).map { "PUT\n/\($0)\n-\nab" })
    }

    @Test func `more pipelined requests than the connection's memory holds`() async throws {
        let value = String(repeating: "v", count: 1500)
        let bodies = try await withServer(handler: describe) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send((1...60).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n" }.joined())
                return try (1...60).map { _ in try client.readResponse().body }
            }
        }
        #expect(bodies == (1...60).map { "GET\n/\($0)\n-\n" })
    }

    @Test func `HTTP/1.0 needs no Host and ends the connection, unless it asks to keep it`() async throws {
        let text = try await withServer(handler: { _ in Response(status: 200, body: Array("reply".utf8)) }) {
            server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n")
                let first = try client.readResponse()
                let second = try client.readResponse()
                return [first.body, second.body, first["Connection"], second["Connection"], client.readToEnd()]
            }
        }
        #expect(text == ["reply", "reply", "Keep-Alive", "close", ""])
    }

    @Test(arguments: [0, 50])
    func `a client that has finished sending gets its answer`(_ milliseconds: Int) async throws {
        let text = try await withServer(
            { $0.headerTimeout = .milliseconds(400) },
            handler: { _ in
                if milliseconds > 0 { try? await Task.sleep(for: .milliseconds(milliseconds)) }
                return Response(status: 200)
            }
        ) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                client.stopSending()
                return client.readToEnd()
            }
        }
        #expect(text.hasPrefix("HTTP/1.1 200 "))
    }

    @Test func `sixty-four clients at once, each with a handler that waits`() async throws {
        let statuses = try await withServer(handler: { _ in
            try? await Task.sleep(for: .milliseconds(20))
            return Response(status: 200, body: Array("x".utf8))
        }) { server in
            try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        try await onThread { [port = server.port] in
                            let client = try RawClient(port)
                            return try (0..<10).map { _ in
                                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                                return try client.readResponse().status
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
        }
        #expect(statuses.count == 640 && statuses.allSatisfy { $0 == 200 })
    }

    @Test func `a client over the limit gets a 503, and is served once there is room`() async throws {
        try await withServer({ $0.connectionLimit = 3 }) { server in
            try await onThread { [port = server.port] in
                let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
                var clients = try (0..<3).map { _ in try RawClient(port) }
                for client in clients {
                    client.send(get)
                    let status = try client.readResponse().status
                    #expect(status == 200)
                }
                let surplus = try RawClient(port)
                surplus.send(get)
                let reply = try surplus.readResponse()
                #expect(reply.status == 503 && reply["Retry-After"] == "1" && reply.isProblem && reply.closes)
                #expect(surplus.isClosedByServer())
                clients.removeLast()
                for _ in 0..<200 where server.connections > 2 { usleep(10_000) }
                let next = try RawClient(port)
                next.send(get)
                let status = try next.readResponse().status
                #expect(status == 200)
            }
        }
    }

    @Test func `three hundred and more clients over the limit do not hang`() async throws {
        try await withServer({ $0.connectionLimit = 2 }) { server in
            try await onThread { [port = server.port] in
                let clients = try (0..<(server.configuration.spareSockets + 60)).map { _ in try RawClient(port) }
                for client in clients.dropFirst(2) {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    let status = try client.readResponse().status
                    #expect(status == 503)
                }
            }
        }
    }

    @Test func `clients that vanish while they are handled leave nothing behind`() async throws {
        final class Canary: Sendable {}
        func run() async throws -> [WeakReference] {
            let canary = Canary()
            return try await withServer(handler: { [canary] _ in
                try? await Task.sleep(for: .milliseconds(30))
                withExtendedLifetime(canary) {}
                return Response(status: 200, body: [UInt8](repeating: 0, count: 100_000))
            }) { server in
                try await onThread { [port = server.port] in
                    for index in 0..<100 {
                        let client = try RawClient(port)
                        client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
                        if index % 2 == 0 { client.reset() }
                    }
                }
                try await eventually("the connection is closed") { server.connections == 0 }
                #expect(server.activeRequests == 0)
                return [WeakReference(server), WeakReference(canary)]
            }
        }
        let references = try await run()
        try await eventually("what it held is released") { references.allSatisfy(\.isGone) }
    }

    @Test func `counts of connections and requests`() async throws {
        try await withServer(handler: { _ in
            try? await Task.sleep(for: .milliseconds(300))
            return Response(status: 200)
        }) { server in
            #expect(server.connections == 0 && server.activeRequests == 0)
            try await onThread { [port = server.port] in
                let idle = try RawClient(port)
                let busy = try RawClient(port)
                busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(becomes { server.connections == 2 && server.activeRequests == 1 })
                let status = try busy.readResponse().status
                #expect(status == 200)
                idle.stopSending()
                #expect(idle.isClosedByServer())
            }
        }
    }
}
