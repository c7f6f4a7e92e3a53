import Testing

@testable import MicroHTTP

/// Requests that are invalid, or that an intermediate server might understand differently. All get a problem document,
/// and the connection is closed after it.
@Suite(.timeLimit(.minutes(1)))
struct RefusedRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        let status: Int
        let code: String
        var testDescription: String { name }

        init(_ name: String, _ request: String, _ status: Int, _ code: String) {
            (self.name, self.request, self.status, self.code) = (name, request, status, code)
        }
    }

    static let long = String(repeating: "a", count: 9000)
    static let half = String(repeating: "a", count: 5200)
    static let huge = String(repeating: "a", count: 40000)
    static let cases = [
        Case("no Host", "GET / HTTP/1.1\r\n\r\n", 400, "missing-host"),
        Case("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "malformed-request"),
        Case("an invalid Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "malformed-request"),
        Case(
            "Content-Length and Transfer-Encoding",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            "ambiguous-length"),
        Case(
            "two equal Content-Lengths", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
            400, "ambiguous-length"),
        Case(
            "two different Content-Lengths",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 20\r\n\r\na", 400, "ambiguous-length"),
        Case(
            "a list in Content-Length", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", 400,
            "malformed-request"),
        Case(
            "a sign in Content-Length", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400,
            "malformed-request"),
        Case(
            "letters in Content-Length", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400,
            "malformed-request"),
        Case(
            "an empty Content-Length", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", 400, "malformed-request"
        ),
        Case(
            "a Content-Length beyond 64 bits",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413, "body-too-large"),
        Case(
            "an unknown transfer coding", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            501,
            "unsupported-transfer-coding"),
        Case(
            "chunked twice",
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            501,
            "unsupported-transfer-coding"),
        Case(
            "chunked in HTTP/1.0", "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            "malformed-request"),
        Case(
            "a bad chunk", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400,
            "malformed-request"),
        Case(
            "a chunk without its end", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
            400,
            "malformed-request"),
        Case(
            "an endless chunk extension",
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;\(huge)", 400, "malformed-request"),
        Case("NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed-request"),
        Case("NUL and a false version", "GET /a\0HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed-request"),
        Case("a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed-request"),
        Case("a control character in the target", "GET /a\u{1}b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed-request"),
        Case("a target without a slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed-request"),
        Case("an asterisk with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed-request"),
        Case("a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed-request"),
        Case("NUL in the method", "GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed-request"),
        Case("NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400, "malformed-request"),
        Case("NUL in the last value", "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 400, "malformed-request"),
        Case("NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0Y: b\r\n\r\n", 400, "malformed-request"),
        Case("a bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400, "malformed-request"),
        Case("a folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\nY: c\r\n\r\n", 400, "malformed-request"),
        Case("a folded last field", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n", 400, "malformed-request"),
        Case("a folded first field", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400, "malformed-request"),
        Case("a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "malformed-request"),
        Case("a field without a colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400, "malformed-request"),
        Case("a field without a name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400, "malformed-request"),
        Case("a long target", "GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", 414, "uri-too-long"),
        Case("a huge target", "GET /\(huge) HTTP/1.1\r\nHost: a\r\n\r\n", 414, "uri-too-long"),
        Case("a long field", "GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n", 431, "headers-too-large"),
        Case("a huge field", "GET / HTTP/1.1\r\nHost: a\r\nX: \(huge)\r\n\r\n", 431, "headers-too-large"),
        Case(
            "very many fields", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "a: b\r\n", count: 1000))\r\n", 431,
            "headers-too-large"),
        Case(
            "a long target and long fields", "GET /\(half) HTTP/1.1\r\nHost: a\r\nX: \(half)\r\n\r\n", 431,
            "headers-too-large"),
        Case("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "http-version-not-supported"),
        Case("HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505, "http-version-not-supported"),
        Case("a line without a space", "GARBAGE\r\n\r\n", 400, "malformed-request"),
        Case("the beginning of TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\n", 400, "malformed-request"),
        Case("no version", "GET /\r\nHost: a\r\n\r\n", 400, "malformed-request"),
        Case("a lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", 400, "malformed-request"),
    ]

    @Test(arguments: cases)
    func `a refused request is answered once, and the connection is closed`(_ refused: Case) async throws {
        let (reply, rest) = try await withServer({ _ in }, handler: { _ in Response(status: 200) }) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send(refused.request)
                return (try client.readResponse(), client.readToEnd())
            }
        }
        #expect(reply.status == refused.status)
        #expect(reply.body.contains(#""code":"\#(refused.code)""#))
        #expect(reply.isProblem && reply.closes)
        #expect(rest == "")
    }

    // A field X-Request-Id followed by a malformed one crashed the process, instead of a 400 with that id.
    @Test(arguments: ["Y : a", "Y: a\0b", "Y: a\u{1}", ": a", "Y: a\r\n b", "Y: \(RefusedRequestTests.long)"])
    func `a refused request keeps its id`(_ field: String) async throws {
        let replies = try await withServer { server in
            try await exchange(
                server.port, "GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: id-7\r\nTraceparent: 00\r\n\(field)\r\n\r\n")
        }
        #expect(replies[0].status == (field.count > 9000 ? 431 : 400))
        #expect(replies[0].body.contains("urn:request:id-7"), "\(replies[0].body)")
    }

    @Test func `the library's own pages are replaced in this program`() { #expect(Server.replacesErrorPages) }

    @Test func `the application renders rejections`() async throws {
        let replies = try await withServer({
            $0.rejection = { rejection, _, _ in
                Response(status: rejection.status, headers: [("X-Code", rejection.code)], body: Array("no\n".utf8))
            }
        }) { try await exchange($0.port, "GET / HTTP/1.1\r\n\r\n") }
        #expect(replies[0]["X-Code"] == "missing-host")
        #expect(replies[0].body == "no\n")
    }

    @Test func `HEAD is refused without a body`() async throws {
        let text = try await withServer { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("HEAD / HTTP/1.1\r\n\r\n")
                return client.readToEnd()
            }
        }
        #expect(text.hasPrefix("HTTP/1.1 400 ") && text.hasSuffix("\r\n\r\n"))
    }
}
