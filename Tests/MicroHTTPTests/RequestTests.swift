import Testing

@testable import MicroHTTP

/// The request as a handler sees it.
@Suite(.timeLimit(.minutes(1)))
struct RequestTests {
    @Test(arguments: [
        ("/a%2Fb%20c%00d/%ff", "/a%2Fb%20c%00d/%ff", "-"), ("/?", "/", ""),
        ("/a?b=c+d&e=%20?f", "/a", "b=c+d&e=%20?f"),
        ("http://example.org/x/y?z", "/x/y", "z"), ("HTTP://example.org", "/", "-"),
        ("http://example.org?q", "/", "q"),
        ("/../a//b/./", "/../a//b/./", "-"), ("/http://x/", "/http://x/", "-"), ("/é€", "/é€", "-"),
    ])
    func `the target arrives as it was sent`(_ sent: String, _ path: String, _ query: String) async throws {
        let replies = try await withServer(handler: describe) {
            try await exchange($0.port, "GET \(sent) HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(replies[0].body == "GET\n\(path)\n\(query)\n")
    }

    @Test func `OPTIONS *, unknown methods and GET with a body reach the handler`() async throws {
        let replies = try await withServer(handler: describe) {
            try await exchange(
                $0.port, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "FROB /f HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /g HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", "get /h HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(replies.map(\.body) == ["OPTIONS\n*\n-\n", "FROB\n/f\n-\n", "GET\n/g\n-\nbody", "get\n/h\n-\n"])
    }

    @Test func `four thousand query parameters cost nothing`() async throws {
        let query = String(repeating: "a&", count: 4000)
        let replies = try await withServer(handler: describe) {
            try await exchange($0.port, "GET /?\(query) HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(replies[0].body == "GET\n/\n\(query)\n")
    }

    @Test func `methods compare by name`() {
        #expect(HTTPMethod(rawValue: "GET") == .get)
        #expect(HTTPMethod(rawValue: "get") != .get)
        #expect(HTTPMethod(rawValue: "FROB") == HTTPMethod(rawValue: "FROB"))
        #expect(HTTPMethod(rawValue: "FROB") != HTTPMethod(rawValue: "FROG"))
        for name in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS", "POXT", "PXT", "G"] {
            let parsed = Array(name.utf8).withUnsafeBufferPointer { HTTPMethod($0) }
            #expect(parsed == HTTPMethod(rawValue: name))
            #expect(parsed.rawValue == name)
        }
    }

    @Test func `fields are found with any case, trimmed and joined`() async throws {
        let replies = try await withServer(handler: { request in
            let values = ["ACCEPT", "x-empty", "x-none"].map { request.header($0) ?? "none" }
            let has = ["x-empty", "x-none"].map { request.hasHeader($0) }
            return Response(status: 200, body: Array("\(values) \(has)".utf8))
        }) {
            try await exchange(
                $0.port, "GET / HTTP/1.1\r\nHost: a\r\nAccept: \t a \t\r\nX-Empty:\r\naccept:b\r\naCCEPT: c\r\n\r\n")
        }
        #expect(replies[0].body == #"["a, b, c", "", "none"] [true, false]"#)
    }

    @Test func `bare line feeds are accepted (RFC 9112 §2.2)`() async throws {
        let replies = try await withServer(handler: describe) {
            try await exchange($0.port, "GET /a HTTP/1.1\nHost: a\n\n")
        }
        #expect(replies[0].body == "GET\n/a\n-\n")
    }

    static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test(arguments: [
        ("X-Request-Id: abc-1\r\ntraceparent: \(trace)\r\n", "abc-1", trace),
        ("traceparent: \(trace)\r\n", "0af7651916cd43dd8448eb211c80319c", trace),
        ("X-Request-Id: \r\ntraceparent: \(trace)\r\n", "0af7651916cd43dd8448eb211c80319c", trace),
        ("X-Request-Id: a b\r\n", nil, nil), ("X-Request-Id: a\r\nX-Request-Id: b\r\n", nil, nil),
        ("X-Request-Id: \(String(repeating: "a", count: 129))\r\n", nil, nil),
        ("traceparent: \(trace.uppercased())\r\n", nil, nil), ("traceparent: \(trace)-x\r\n", nil, nil),
        ("traceparent: ff\(trace.dropFirst(2))\r\n", nil, nil),
        (
            "traceparent: 01\(trace.dropFirst(2))-x\r\n", "0af7651916cd43dd8448eb211c80319c",
            "01\(trace.dropFirst(2))-x"
        ),
        ("traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01\r\n", nil, nil),
    ])
    func `the id is the client's, else the trace's, else made here`(
        _ fields: String, _ id: String?, _ traceparent: String?
    ) async throws {
        let replies = try await withServer(handler: { request in
            let same = request.id == request.id
            return Response(
                status: 200, headers: [("Id", request.id), ("Trace", request.traceparent ?? "-"), ("Same", "\(same)")])
        }) {
            try await exchange(
                $0.port, "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        if let id { #expect(replies[0]["Id"] == id) }
        #expect(replies[0]["Trace"] == traceparent ?? "-")
        #expect(replies[0]["Same"] == "true")
        #expect(replies[1]["Id"]?.count ?? 0 > 17)
        #expect(replies[0]["Id"] != replies[1]["Id"])
    }

    @Test func `a request that is kept doesn't change`() async throws {
        let kept = Collector<Request>()
        try await withServer(handler: { request in
            kept.add(request)
            return Response(status: 200)
        }) { server in
            _ = try await exchange(
                server.port, "PUT /first HTTP/1.1\r\nHost: a\r\nX: 1\r\nContent-Length: 1\r\n\r\na",
                "PUT /second HTTP/1.1\r\nHost: a\r\nX: 2\r\nContent-Length: 1\r\n\r\nb")
        }
        #expect(kept.all.map { String(decoding: $0.target, as: UTF8.self) } == ["/first", "/second"])
        #expect(kept.all.map { $0.header("x") } == ["1", "2"])
        #expect(kept.all.map(\.body) == [[0x61], [0x62]])
    }
}
