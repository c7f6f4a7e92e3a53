import Glibc
import Testing

@testable import MicroHTTP

/// A deadline applies to a whole phase; sending a byte from time to time does not extend it.
@Suite(.timeLimit(.minutes(1)))
struct DeadlineTests {
    static let quick: @Sendable (inout ServerConfiguration) -> Void = {
        $0.headerTimeout = .milliseconds(500)
        $0.bodyTimeout = .milliseconds(500)
        $0.idleTimeout = .milliseconds(1500)
    }

    @Test(arguments: [
        "", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n",
    ])
    func `a request that drips in is answered 408`(_ beginning: String) async throws {
        let (text, milliseconds) = try await withServer(Self.quick) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                let start = Clock.now
                client.send(beginning)
                for _ in 0..<60 {
                    guard client.send("a") else { break }
                    usleep(50_000)
                    var event = pollfd(fd: client.socket, events: Int16(POLLIN), revents: 0)
                    if poll(&event, 1, 0) > 0 { break }
                }
                return (client.readToEnd(), (Clock.now - start) / 1_000_000)
            }
        }
        #expect(text.hasPrefix("HTTP/1.1 408 ") && text.contains("request-timeout"))
        #expect((450..<1400).contains(milliseconds))
    }

    @Test func `the second request of a connection has the same deadline`() async throws {
        let text = try await withServer(Self.quick) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.readResponse()
                usleep(200_000)
                client.send("GE")
                return client.readToEnd()
            }
        }
        #expect(text.hasPrefix("HTTP/1.1 408 "))
    }

    @Test(arguments: [true, false])
    func `an idle connection is closed without an answer`(_ isUsed: Bool) async throws {
        let text = try await withServer(Self.quick) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                if isUsed {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = try client.readResponse()
                }
                return client.readToEnd()
            }
        }
        #expect(text == "")
    }

    @Test func `a handler may take longer than any deadline of the client's`() async throws {
        let replies = try await withServer(
            {
                $0.headerTimeout = .milliseconds(100); $0.bodyTimeout = .milliseconds(100);
                $0.idleTimeout = .milliseconds(100)
            },
            handler: { _ in
                try? await Task.sleep(for: .milliseconds(600))
                return Response(status: 200)
            }
        ) { try await exchange($0.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
        #expect(replies[0].status == 200)
    }

    @Test func `a response that is not read is ended`() async throws {
        try await withServer(
            { $0.idleTimeout = .milliseconds(500) },
            handler: { _ in Response(status: 200, body: [UInt8](repeating: 0, count: 16 << 20)) }
        ) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                // The server must know the connection first, which may take a moment after the connect.
                for _ in 0..<1000 where server.connections == 0 { usleep(1000) }
                for _ in 0..<200 where server.connections != 0 || client.socket < 0 { usleep(20_000) }
                #expect(server.connections == 0)
            }
        }
    }
}
