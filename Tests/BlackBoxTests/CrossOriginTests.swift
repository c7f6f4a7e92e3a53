import MicroJSON
import TestSupport
import Testing

/// What web pages may do with the service, and what they see.
@Suite(.timeLimit(.minutes(2)))
struct CrossOriginTests {
    private static let origin = "Origin: https://app.example\r\n"

    @Test func `pages of a listed origin may read and write`() async throws {
        try await withService(.memory, ["--cors-origins", "https://app.example"]) { service in
            let client = service.client()
            let origin = [(name: "Origin", value: "https://app.example")]
            let asked =
                origin + [("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "if-match")]
            let preflight = try await client.send("OPTIONS", "/a/b", headers: asked)
            #expect(preflight.status == 204)
            #expect(preflight["Access-Control-Allow-Origin"] == "https://app.example")
            #expect(preflight["Access-Control-Allow-Methods"]?.contains("PUT") ?? false)
            #expect(preflight["Access-Control-Allow-Headers"] == "if-match")
            let written = try await client.send("PUT", "/a/b", headers: origin, body: "1")
            #expect(written.status == 201)
            #expect(written["Access-Control-Expose-Headers"]?.contains("ETag") ?? false)
            let read = try await client.send("GET", "/a/b", headers: origin)
            #expect(read["Access-Control-Allow-Origin"] == "https://app.example" && read["Vary"] == "Origin")
            let other = [(name: "Origin", value: "https://other.example")]
            #expect(try await client.send("GET", "/a/b", headers: other)["Access-Control-Allow-Origin"] == nil)
            #expect(try await client.send("PUT", "/a/b", headers: other, body: "1").status == 403)
        }
    }

    // Sent: a body that is too large, by a page of an allowed origin. Came back: 413 without
    // Access-Control-Allow-Origin, so that the page saw a network error. Should: the page sees 413.
    @Test(arguments: [
        ("PUT /a/b HTTP/1.1\r\nHost: localhost\r\n\(origin)Content-Length: 99999999\r\n\r\n", 413),
        ("GET /a HTTP/1.1\r\nHost: localhost\r\n\(origin)Y : a\r\n\r\n", 400),
        ("GET /a HTTP/1.1\r\n\(origin)\r\n", 400),
        ("GET /a HTTP/1.1\r\nHost: other.example\r\n\(origin)\r\n", 421),
        ("PUT /a/b HTTP/1.1\r\nHost: localhost\r\n\(origin)Transfer-Encoding: gzip\r\n\r\n", 501),
        ("GET /a/b HTTP/1.1\r\nHost: localhost\r\n\(origin)\r\n", 404),
    ])
    func `an allowed page sees every refusal`(_ request: String, _ status: Int) async throws {
        try await withService(.memory, ["--cors-origins", "https://app.example"]) { service in
            let reply = try await Self.answer(service, request)
            #expect(reply.status == status && reply["Access-Control-Allow-Origin"] == "https://app.example")
            #expect(reply["Vary"] == "Origin")
            #expect(reply["Access-Control-Expose-Headers"]?.contains("Retry-After") ?? false)
        }
    }

    @Test func `a reply to a page of another origin says that it depends on the origin`() async throws {
        try await withService(.memory, ["--cors-origins", "https://app.example"]) { service in
            for path in ["/a/b", "/", "/_nothing"] {
                let reply = try await service.client().send("GET", path, headers: [("Origin", "https://other.example")])
                #expect(reply["Vary"] == "Origin" && reply["Access-Control-Allow-Origin"] == nil)
            }
        }
    }

    // Sent: Host: evil.example to the service as it starts without options. Came back: 200. Should: 421, which names
    // the option.
    @Test func `a host that isn't the service's is refused, unless it is allowed`() async throws {
        let request = "GET /_health/live HTTP/1.1\r\nHost: api.example:8080\r\n\r\n"
        try await withService { service in
            let reply = try await Self.answer(service, request)
            #expect(reply.status == 421 && reply.text.contains("--allowed-hosts") && reply.text.contains("api.example"))
            #expect(try reply.part("/code") == .string("misdirected-request"))
        }
        let allowing = [
            ["--allowed-hosts", "x, *.example"], ["--allowed-hosts", "*"], ["--cors-origins", "https://api.example"],
            ["--cors-origins", "*"],
        ]
        for options in allowing {
            try await withService(.memory, options) { service in
                let reply = try await Self.answer(service, request)
                #expect(reply.status == 200, "\(options)")
            }
        }
    }

    // Sent: X-Request-Id: a%"<b>. Came back: "instance":"urn:nestkv:request:a%\"<b>", which is no URI. Should: encoded.
    @Test func `a request id that is no part of a URI is encoded in a problem's instance`() async throws {
        try await withService { service in
            for (path, headers) in [("/a/b", ""), ("/a", "Y : a\r\n")] {
                let reply = try await Self.answer(
                    service, "GET \(path) HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a%\"<b>:1\r\n\(headers)\r\n")
                #expect(try reply.part("/instance") == .string("urn:nestkv:request:a%25%22%3Cb%3E:1"))
            }
        }
    }

    // Sent: PUT with Content-Range: bytes 0-0/3. Came back: 201, the part stored as the whole. Should: 400, nothing
    // stored.
    @Test(arguments: ["PUT", "PATCH", "POST", "DELETE"])
    func `a partial body is refused`(_ method: String) async throws {
        try await withService { service in
            let client = service.client()
            _ = try await client.send("PUT", "/a/b", body: "123")
            let fields = [
                (name: "Content-Range", value: "bytes 0-0/3"), ("Content-Type", "application/merge-patch+json"),
            ]
            let reply = try await client.send(method, "/a/b", headers: fields, body: "1")
            #expect(reply.status == 400)
            #expect(try reply.part("/code") == .string("invalid-header"))
            #expect(try await client.send("GET", "/a").text == #"{"b":123}"#)
        }
    }

    private static func answer(_ service: ServiceProcess, _ request: String) async throws -> Reply {
        try await onThread { [port = service.port] in
            let connection = try Connection(port: port)
            try connection.send(Array(request.utf8))
            return try connection.readReply()
        }
    }
}
