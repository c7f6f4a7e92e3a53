import Testing

@testable import MicroHTTP

/// The hosts for which requests are accepted.
@Suite(.timeLimit(.minutes(1)))
struct HostTests {
    private static let policy = HostPolicy(names: ["app.example", "*.wild.example"])
    static let allowed = [
        "localhost", "localhost:8080", "LocalHost", "localhost.", "a.localhost:1", "A.B.LOCALHOST", "127.0.0.1",
        "10.1.2.3:80",
        "[::1]", "[::1]:8080", "[2001:DB8::1]", "[fe80::1%25eth0]:1", "app.example", "APP.example.:8080",
        "x.wild.example",
        "x.y.wild.example:", "",
    ]
    static let others = [
        "evil.example", "evil.example:8080", "app.example.evil", "xapp.example", "wild.example", "localhost.evil",
        "xlocalhost",
        "127.0.0.1.evil", "127.0.0.1.nip.io", "127.0.0", "localhost:x", "localhost:80:80", "[::1].evil", "[evil]",
        "[::1",
        "localhost..",
    ]

    // A page whose name was made to resolve to 127.0.0.1 sends “Host: evil.example”. It got every value instead of a
    // 421.
    @Test(arguments: others)
    func `another host is refused on every method, before all other checks`(_ host: String) async throws {
        let replies = try await withServer({ $0.hosts = Self.policy }, handler: describe) { server in
            var replies: [Reply] = []
            for method in ["GET", "PUT", "DELETE", "OPTIONS", "POST", "PATCH", "FROB"] {
                replies += try await exchange(
                    server.port, "\(method) /a HTTP/1.1\r\nHost: \(host)\r\nContent-Length: 0\r\n\r\n")
            }
            replies += try await exchange(server.port, "GET /a HTTP/1.0\r\nHost: \(host)\r\n\r\n")
            if !host.contains("[") {
                replies += try await exchange(server.port, "GET http://\(host)/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
            }
            return replies
        }
        for reply in replies {
            #expect(reply.status == 421 && reply.body.contains(#""code":"misdirected-request""#), "\(reply.body)")
            #expect(reply.closes)
        }
    }

    @Test(arguments: allowed)
    func `its own hosts are served`(_ host: String) async throws {
        let replies = try await withServer({ $0.hosts = Self.policy }, handler: describe) { server in
            // The second request uses the result of the first one.
            try await exchange(
                server.port, "GET /a HTTP/1.1\r\nHost: \(host)\r\n\r\n", "GET /b HTTP/1.1\r\nHost: \(host)\r\n\r\n",
                "GET http://\(host.isEmpty ? "localhost" : host)/c HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        }
        #expect(replies.map(\.status) == [200, 200, 200])
    }

    @Test func `a connection's next request is checked too`() async throws {
        let replies = try await withServer({ $0.hosts = Self.policy }) { server in
            try await exchange(
                server.port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"
            )
        }
        #expect(replies.map(\.status) == [200, 421])
    }

    @Test func `HTTP 1.0 without Host is served, and any host if all are allowed`() async throws {
        let replies = try await withServer({ $0.hosts = HostPolicy(names: ["*"]) }) { server in
            try await exchange(server.port, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        }
        #expect(replies[0].status == 200)
        let old = try await withServer({ $0.hosts = Self.policy }) { server in
            try await exchange(server.port, "GET / HTTP/1.0\r\n\r\n")
        }
        #expect(old[0].status == 200)
    }
}
