import Glibc
import Testing

@testable import MicroHTTP

/// Clients that request large replies and don't read them, or announce large bodies and don't send them.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct BytesInFlightTests {
    private static let large = 16 << 20

    /// `/a` and `/b` are large, all other paths are small; each response is made again.
    @Sendable private static func answer(_ request: Request) async -> Response {
        let name = request.path.dropFirst().first ?? 0
        guard request.path.count == 2 else { return Response(status: 200, body: Array("small".utf8)) }
        let body = [UInt8](repeating: name, count: large)
        return request.query == nil
            ? Response(status: 200, body: body) : .prepared(PreparedResponse(status: 200, body: body))
    }

    private static func withLimit(_ limit: Int, _ body: @escaping @Sendable (Server) throws -> Void) async throws {
        try await withServer(
            {
                $0.bytesInFlight = BytesInFlight(limit: limit)
                $0.bodyLimit = 8 << 20
            }, handler: answer
        ) { server in
            try await onThread { try body(server) }
        }
    }

    /// In bytes.
    private static var residentMemory: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        fgets(&line, Int32(line.count), file)
        let text = line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        let resident = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return resident * sysconf(Int32(_SC_PAGESIZE))
    }

    /// A client that sent a request and reads only the head.
    private static func asking(_ path: String, _ server: Server, _ method: String = "GET") throws -> RawClient {
        let client = try RawClient(server.port)
        var receiveBuffer: Int32 = 4096
        setsockopt(client.socket, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.readBytes(12)
        return client
    }

    @Test func `threads that begin equal bodies at once share one, also if there is room for only one`() async throws {
        let inFlight = BytesInFlight(limit: 3 << 19)
        for _ in 0..<50 {
            await withTaskGroup(of: Body?.self) { group in
                for _ in 0..<8 {
                    group.addTask { inFlight.begin(Body([UInt8](repeating: 1, count: 1 << 20)), nil, always: false) }
                }
                let begun = await group.reduce(into: []) { $0.append($1) }
                #expect(begun.allSatisfy { $0 === begun[0] && $0 != nil } && inFlight.bytes == 1 << 20)
                for body in begun.compactMap({ $0 }) { inFlight.end(body) }
            }
            #expect(inFlight.bytes == 0)
        }
    }

    @Test(arguments: ["/a", "/a?prepared"])
    func `30 clients that ask for one reply of 16 MiB and don't read it share one buffer`(_ path: String) async throws {
        try await Self.withLimit(20 << 20) { server in
            let before = Self.residentMemory
            var clients = try (0..<30).map { _ in try Self.asking(path, server) }
            #expect(server.inFlight.bytes == Self.large)
            #expect(Self.residentMemory - before < 10 * Self.large)
            clients.removeFirst(2)
            #expect(becomes { server.connections == 28 } && server.inFlight.bytes == Self.large)
            clients = []
            #expect(becomes { server.inFlight.bytes == 0 })
        }
    }

    @Test func `a reply without room is 503 with Retry-After, small ones are served, and later it is sent`()
        async throws
    {
        try await Self.withLimit(20 << 20) { server in
            var reader: RawClient? = try Self.asking("/a", server)
            let client = try RawClient(server.port)
            client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            let refused = try client.readResponse()
            #expect(refused.status == 503 && refused["Retry-After"] == "1" && !refused.closes)
            #expect(refused.body.contains("too-many-bytes-in-flight") && refused.body.contains(#""limit":20971520"#))
            client.send("GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readResponse().body == "small")
            // A change that was made can't be refused any more.
            var poster: RawClient? = try Self.asking("/b", server, "POST")
            #expect(server.inFlight.bytes == 2 * Self.large && server.inFlight.refusals == 1)
            #expect(poster != nil && reader != nil)
            (poster, reader) = (nil, nil)
            #expect(becomes { server.inFlight.bytes == 0 })
            client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readResponse().bytes.count == Self.large)
        }
    }

    @Test func `bodies without room are refused before they are read, and chunked ones when they grow too large`()
        async throws
    {
        try await Self.withLimit(4 << 20) { server in
            let head = "PUT /small HTTP/1.1\r\nHost: a\r\n"
            var promising: RawClient? = try RawClient(server.port)
            promising?.send(head + "Content-Length: 3145728\r\n\r\nx")
            #expect(becomes { server.inFlight.bytes == 3 << 20 })
            let second = try RawClient(server.port)
            second.send(head + "Content-Length: 3145728\r\nExpect: 100-continue\r\n\r\n")
            let refused = try second.readResponse()
            #expect(refused.status == 503 && refused["Retry-After"] == "1")
            let chunked = try RawClient(server.port)
            chunked.send(head + "Transfer-Encoding: chunked\r\n\r\n")
            let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
            for _ in 0..<20 { chunked.send(chunk) }
            #expect(try chunked.readResponse().status == 503)
            #expect(becomes { server.inFlight.bytes == 3 << 20 })
            promising = nil
            #expect(becomes { server.inFlight.bytes == 0 })
            let third = try RawClient(server.port)
            third.send(head + "Content-Length: 3145728\r\n\r\n" + String(repeating: "x", count: 3 << 20))
            #expect(try third.readResponse().status == 200)
            #expect(becomes { server.inFlight.bytes == 0 })
        }
    }
}
