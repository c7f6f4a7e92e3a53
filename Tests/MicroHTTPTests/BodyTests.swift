import Testing

@testable import MicroHTTP

/// Request bodies and their limit.
@Suite(.timeLimit(.minutes(1)))
struct BodyTests {
    @Test func `a body in many pieces arrives whole, chunked or not`() async throws {
        let size = 300_000
        let text = String((0..<size).map { Character(UnicodeScalar(UInt8(ascii: "a") + UInt8($0 % 26))) })
        var chunked = ""
        var rest = text[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(7001)
            chunked += "\(String(chunk.utf8.count, radix: 16));ext=1\r\n\(chunk)\r\n"
            rest = rest.dropFirst(7001)
        }
        let body = chunked + "0\r\nTrailer: x\r\n\r\n"
        let replies = try await withServer(handler: { Response(status: 200, body: $0.body) }) {
            try await exchange(
                $0.port, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n\(text)",
                "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)",
                "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
                "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        }
        #expect(replies[0].body == text)
        #expect(replies[1].body == text)
        #expect(replies[2].body == "" && replies[3].body == "")
    }

    @Test func `Expect: 100-continue is answered for a body that will be accepted`() async throws {
        let replies = try await withServer(handler: describe) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
                let first = try client.readResponse()
                client.send("ab")
                return [first, try client.readResponse()]
            }
        }
        #expect(replies.map(\.status) == [100, 200])
        #expect(replies[1].body == "PUT\n/\n-\nab")
    }

    @Test(arguments: ["", "Expect: 100-continue\r\n"])
    func `a body that is too large is refused before it is sent`(_ field: String) async throws {
        let reply = try await withServer({ $0.bodyLimit = 1000 }) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("PUT / HTTP/1.1\r\nHost: a\r\n\(field)Content-Length: 1001\r\n\r\n")
                return try client.readResponse()
            }
        }
        #expect(reply.status == 413 && reply.isProblem && reply.closes)
        #expect(reply.body.contains(#""limit":1000"#))
    }

    @Test func `the limit itself is allowed`() async throws {
        let text = String(repeating: "a", count: 1000)
        let replies = try await withServer({ $0.bodyLimit = 1000 }, handler: describe) {
            try await exchange(
                $0.port, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n\(text)",
                "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n\(text)\r\n0\r\n\r\n")
        }
        #expect(replies.allSatisfy { $0.body.hasSuffix(text) })
    }

    @Test func `a chunked body is refused as soon as it passes the limit`() async throws {
        let reply = try await withServer({ $0.bodyLimit = 100_000 }) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = "2710\r\n\(String(repeating: "a", count: 10000))\r\n"
                for _ in 0..<11 { client.send(chunk) }
                return try client.readResponse()
            }
        }
        #expect(reply.status == 413 && reply.isProblem && reply.closes)
    }

    @Test func `a client that sends everything first still reads the refusal`() async throws {
        let text = [UInt8](repeating: 0x61, count: 900_000)
        for _ in 0..<5 {
            let reply = try await withServer({ $0.bodyLimit = 1000 }) { server in
                try await onThread { [port = server.port] in
                    let client = try RawClient(port)
                    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(text.count)\r\n\r\n")
                    #expect(client.send(text))
                    return try client.readResponse()
                }
            }
            #expect(reply.status == 413)
        }
    }
}
