import Testing

@testable import MicroHTTP

/// Response objects of the library that are used again with other texts.
@Suite(.timeLimit(.minutes(1)))
struct ResponseTemplateTests {
    /// Answers with the target in two fields and in the body.
    @Sendable private static func echo(_ request: Request) async -> Response {
        let target = String(decoding: request.target, as: UTF8.self)
        return Response(
            status: target.contains("1") ? 201 : 200,
            headers: [("X-Target", target), ("X-Length", "\(target.utf8.count)"), ("X-Same", "same")],
            body: Array("<\(target)>".utf8))
    }

    @Test func `each response has its own texts, whatever was sent before on the same thread`() async throws {
        try await withServer({ $0.threads = 1 }, handler: Self.echo) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<8 {
                    group.addTask { [port = server.port] in
                        try await onThread {
                            let connection = try RawClient(port)
                            for number in 0..<300 {
                                let target = "/\(client)" + String(repeating: "ab", count: number % 7) + "\(number)"
                                let method = number % 5 == 0 ? "HEAD" : "GET"
                                connection.send("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                                let reply = try connection.readResponse(toHead: method == "HEAD")
                                #expect(reply.status == (target.contains("1") ? 201 : 200))
                                #expect(reply["X-Target"] == target && reply["X-Length"] == "\(target.utf8.count)")
                                #expect(reply["X-Same"] == "same")
                                #expect(reply["Content-Length"] == "\(target.utf8.count + 2)")
                                #expect(reply.body == (method == "HEAD" ? "" : "<\(target)>"))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a template is used for one request at a time`() throws {
        let templates = ResponseTemplates()
        let response = Response(status: 200, headers: [("A", "1"), ("B", "22")], body: [1, 2, 3])
        let isMissed = templates.take(response) == nil
        #expect(isMissed)
        let first = try #require(templates.take(response))
        let second = try #require(templates.take(response))
        #expect(first !== second)
        first.isBusy = false
        #expect(templates.take(Response(status: 204, headers: [("A", "3"), ("B", "44")], body: [4, 5, 6])) === first)
        first.isBusy = false
        // Another name, and other lengths.
        for headers in [[("A", "1"), ("C", "22")], [("A", "11"), ("B", "2")], [("A", "1")]] {
            let other = templates.take(Response(status: 200, headers: headers, body: [1, 2, 3]))
            #expect(other !== first && other !== second)
        }
    }

    @Test func `many shapes and busy templates are bounded`() throws {
        let templates = ResponseTemplates()
        for round in 0..<3 {
            for length in 1...200 {
                let response = Response(
                    status: 200, headers: [("A", String(repeating: "a", count: length))], body: [UInt8(length)])
                if let template = templates.take(response) { template.isBusy = round == 1 }
            }
        }
        let large = Response(status: 200, headers: [("A", "1")], body: [UInt8](repeating: 0, count: 5000))
        for _ in 0..<3 {
            let isMade = templates.take(large) == nil
            #expect(isMade)
        }
    }

    @Test func `a value that could split the response is never written into a template`() async throws {
        let replies = try await withServer({ $0.threads = 1 }) { request in
            let value = request.path.elementsEqual("/bad".utf8) ? "a\r\nX: b" : "abcd: ef"
            return Response(status: 200, headers: [("X-A", value), ("X-B", "b")])
        } _: { server in
            let good = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n"
            return try await exchange(server.port, good, good, good, "GET /bad HTTP/1.1\r\nHost: a\r\n\r\n", good)
        }
        #expect(replies.map { $0["X-A"] } == ["abcd: ef", "abcd: ef", "abcd: ef", nil, "abcd: ef"])
        #expect(replies.allSatisfy { $0["X-B"] == "b" && $0["X"] == nil })
    }
}
