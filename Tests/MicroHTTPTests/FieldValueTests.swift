import Testing

@testable import MicroHTTP

/// White space around the value of a field is not a part of it (RFC 9112 §5.1).
@Suite(.timeLimit(.minutes(1)))
struct FieldValueTests {
    // "Transfer-Encoding: chunked " with a body got no answer until the body timeout, instead of 200 with the body.
    @Test(arguments: ["chunked ", "chunked\t", " \t chunked \t ", "Chunked  "])
    func `white space after a transfer coding is ignored`(_ value: String) async throws {
        let replies = try await withServer(handler: describe) { server in
            try await exchange(
                server.port, "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\(value)\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "GET /b HTTP/1.1\r\nHost: a \t\r\n\r\n")
        }
        #expect(replies.map(\.status) == [200, 200] && replies[0].body.hasSuffix("\nhello"), "\(replies[0].body)")
    }

    // "Content-Length: 5 " got a 400, instead of 200 with the body.
    @Test(arguments: ["5 ", " 5\t", "\t5 \t"])
    func `white space after a length is ignored`(_ value: String) async throws {
        let replies = try await withServer(handler: describe) { server in
            try await exchange(
                server.port, "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length:\(value)\r\n\r\nhello",
                "GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(replies.map(\.status) == [200, 200] && replies[0].body.hasSuffix("\nhello"), "\(replies[0].body)")
    }

    // "Expect: 100-continue " got no interim response, so the client waited.
    @Test(arguments: ["100-continue ", "100-Continue\t"])
    func `white space after an expectation is ignored`(_ value: String) async throws {
        let text = try await withServer(handler: describe) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("PUT /a HTTP/1.1\r\nHost: a\r\nExpect: \(value)\r\nContent-Length: 5\r\n\r\n")
                return "\(try client.readResponse().status)"
            }
        }
        #expect(text == "100")
    }

    @Test(arguments: ["5 5", "5 x", "+5 ", " ", "chunked x"])
    func `other deviations stay refused`(_ value: String) async throws {
        for name in ["Content-Length", "Transfer-Encoding"] {
            let replies = try await withServer(handler: describe) { server in
                try await exchange(server.port, "PUT /a HTTP/1.1\r\nHost: a\r\n\(name): \(value)\r\n\r\nhello")
            }
            #expect([400, 501].contains(replies[0].status) && replies[0].closes)
        }
    }
}
