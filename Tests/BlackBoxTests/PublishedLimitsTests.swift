import MicroJSON
import TestSupport
import Testing

/// What the built binary answers where HTTP itself is broken, and that the published limits are in force.
@Suite(.timeLimit(.minutes(2)))
struct PublishedLimitsTests {
    struct Broken: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: String
        let status: Int
        let code: String
    }

    private static let broken = [
        Broken(
            testDescription: "no Host", request: "GET /a HTTP/1.1\r\n\r\n", status: 400, code: "missing-host"),
        Broken(
            testDescription: "two lengths",
            request: "PUT /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1",
            status: 400,
            code: "ambiguous-length"),
        Broken(
            testDescription: "a length and chunks",
            request:
                "PUT /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            status: 400, code: "ambiguous-length"),
        Broken(
            testDescription: "an unknown transfer coding",
            request: "PUT /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", status: 501,
            code: "unsupported-transfer-coding"),
        Broken(
            testDescription: "an unknown version", request: "GET /a HTTP/3.0\r\nHost: localhost\r\n\r\n", status: 505,
            code: "http-version-not-supported"),
        Broken(
            testDescription: "a body that is announced too large",
            request: "PUT /a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n",
            status: 413, code: "body-too-large"),
        Broken(
            testDescription: "NUL in the path", request: "GET /a%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", status: 400,
            code: "invalid-key"),
    ]

    @Test(arguments: broken)
    func `broken HTTP gets a problem`(_ broken: Broken) async throws {
        try await withService { service in
            let port = service.port
            let reply = try await onThread {
                let connection = try Connection(port: port)
                try connection.send(Array(broken.request.utf8))
                return try connection.readReply()
            }
            let difference = try Check.problem(broken.status, broken.code).difference(in: reply, [:])
            #expect(
                reply.status == broken.status && difference == nil,
                "\(reply.status), \(difference ?? ""): \(reply.text)")
        }
    }

    @Test func `the published limits are in force`() async throws {
        try await withService(.memory, ["--max-value-size", "64KiB", "--max-value-depth", "5"]) { service in
            let client = service.client()
            let published = try await client.send("GET", "/_capabilities")
            func limit(_ name: String) throws -> Int {
                let text = try published.part("/limits/\(name)")?.text.description
                guard let number = text.flatMap({ Int($0) }) else { throw TestFailure("no limit \(name)") }
                return number
            }
            func text(_ count: Int) -> String { "\"" + String(repeating: "x", count: count - 2) + "\"" }
            func nested(_ count: Int) -> String {
                String(repeating: "[", count: count) + String(repeating: "]", count: count)
            }
            func path(segments: Int) -> String { String(repeating: "/s", count: segments) }
            let bytes = try limit("bodyBytes"), depth = try limit("valueDepth"), target = try limit("targetBytes")
            let segments = try limit("keySegments"), key = try limit("keyBytes"), header = try limit("headerBytes")
            #expect(bytes == 65_536 && depth == 5)
            let rows: [(HTTPRequest, Int)] = [
                (HTTPRequest("PUT", "/a", body: Array(text(bytes).utf8)), 201),
                (HTTPRequest("PUT", "/a", body: Array(text(bytes + 1).utf8)), 413),
                (HTTPRequest("PUT", "/b", body: Array(nested(depth).utf8)), 201),
                (HTTPRequest("PUT", "/b", body: Array(nested(depth + 1).utf8)), 400),
                (HTTPRequest("GET", path(segments: segments)), 404),
                (HTTPRequest("GET", path(segments: segments + 1)), 414),
                (HTTPRequest("GET", "/" + String(repeating: "k", count: key)), 404),
                (HTTPRequest("GET", "/" + String(repeating: "k", count: key + 1)), 414),
                (HTTPRequest("GET", "/c?" + String(repeating: "&", count: target - 3)), 404),
                (HTTPRequest("GET", "/c?" + String(repeating: "&", count: target - 2)), 414),
                (HTTPRequest("GET", "/c", headers: [("X", String(repeating: "h", count: header - 200))]), 404),
                (HTTPRequest("GET", "/c", headers: [("X", String(repeating: "h", count: header + 1))]), 431),
            ]
            for (request, status) in rows {
                let reply = try await client.send(request)
                #expect(
                    reply.status == status, "\(request.method) \(request.target.prefix(20)): \(reply.text.prefix(200))")
            }
        }
    }

    @Test func `one connection too many gets a problem and the others continue`() async throws {
        try await withService(.memory, ["--max-connections", "4"]) { service in
            let port = service.port
            let clients = (0..<4).map { _ in service.client() }
            for client in clients { #expect(try await client.send("GET", "/_health/live").status == 200) }
            let refused = try await onThread {
                let connection = try Connection(port: port)
                try connection.send(Array("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
                return try connection.readReply()
            }
            #expect(refused.status == 503 && refused["Retry-After"] != nil)
            #expect(refused["Content-Type"] == "application/problem+json")
            #expect(
                try refused.part("/code") == .string("too-many-connections") && refused.part("/limit") == .integer(4))
            for client in clients { #expect(try await client.send("GET", "/_health/live").status == 200) }
        }
    }

    @Test func `a chunked body and several requests in one segment are understood`() async throws {
        try await withService { service in
            let port = service.port
            let replies = try await onThread {
                let connection = try Connection(port: port)
                let put =
                    "PUT /a/b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n"
                let get = "GET /a/b HTTP/1.1\r\nHost: localhost\r\n\r\n"
                try connection.send(Array((put + get + "DELETE /a HTTP/1.1\r\nHost: localhost\r\n\r\n" + get).utf8))
                return try (0..<4).map { _ in try connection.readReply() }
            }
            #expect(replies.map(\.status) == [201, 200, 204, 404])
            #expect(replies[1].text == "[1,2]")
        }
    }
}
