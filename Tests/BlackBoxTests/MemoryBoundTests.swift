import Glibc
import TestSupport
import Testing

/// Many clients that ask for the dearest reply and don't read it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct MemoryBoundTests {
    private static let bound = 96 << 20

    private static func becomes(_ what: String, _ condition: () async throws -> Bool) async throws {
        for _ in 0..<400 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TestFailure("not within 20 s: \(what)")
    }

    /// 1,000 clients asked for a subtree of 64 MiB, or for its snapshot, and didn't read: each was given a copy of its
    /// own, and the process was killed for lack of memory. They must share one. Here it is 16 MiB and 100 clients of
    /// each kind.
    @Test(arguments: StoreKind.tested)
    func `100 clients of each kind that don't read share one buffer of one state, and others are served`(
        _ store: StoreKind
    ) async throws {
        try await withService(store, ["--max-bytes-in-flight", "96MiB", "--log-level", "notice"]) { service in
            let client = service.client()
            let value = "\"\(String(repeating: "x", count: 512 << 10))\""
            for number in 0..<32 {
                #expect(try await client.send("PUT", "/e/\(number)", body: value).status == 201)
            }
            _ = try await client.send("GET", "/e")
            let before = service.residentMemory
            let port = service.port
            let asked = try await onThread {
                var connections: [Connection] = []
                for _ in 0..<100 {
                    for (target, accept) in [("/e", "*/*"), ("/e?pretty", "*/*"), ("/e?snapshot", "text/event-stream")]
                    {
                        let connection = try Connection(port: port, receiveBuffer: 4096)
                        let head = "GET \(target) HTTP/1.1\r\nHost: localhost\r\nAccept: \(accept)\r\n\r\n"
                        try connection.send(Array(head.utf8))
                        connections.append(connection)
                    }
                }
                for connection in connections { #expect(try connection.readHead().status == 200) }
                return Connections(connections)
            }
            // A store in another process may be busy with them for a moment.
            try await Self.becomes("others are served") { try await client.send("GET", "/e/0").status == 200 }
            let metrics = try await client.send("GET", "/_metrics").text
            let inFlight = metrics.split(separator: "\n").first { $0.hasPrefix("nestkv_bytes_in_flight ") }
            let bytes = inFlight?.split(separator: " ").last.flatMap { Double($0) } ?? 0
            #expect(bytes >= Double(32 << 20) && bytes <= Double(Self.bound), "\(inFlight ?? "no metric")")
            #expect(service.residentMemory - before < 350 << 10, "KiB more than before")
            asked.close()
            try await Self.becomes("nothing is in flight") {
                try await client.send("GET", "/_metrics").text.contains("\nnestkv_bytes_in_flight 0\n")
            }
        }
    }

    /// Each of many clients requested another path, so nothing could be shared and there was no bound.
    @Test(arguments: StoreKind.tested)
    func `requests and streams above the bound get 503 with Retry-After`(_ store: StoreKind) async throws {
        let options = ["--max-bytes-in-flight", "16MiB", "--max-reply-size", "16MiB"]
        try await withService(store, options) { service in
            let client = service.client()
            let value = "\"\(String(repeating: "x", count: 500 << 10))\""
            for (name, count) in [("a", 24), ("b", 20)] {
                for number in 0..<count {
                    #expect(try await client.send("PUT", "/\(name)/\(number)", body: value).status == 201)
                }
            }
            let port = service.port
            let asked = try await onThread {
                let connection = try Connection(port: port, receiveBuffer: 4096)
                try connection.send(Array("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
                #expect(try connection.readHead().status == 200)
                return Connections([connection])
            }
            for headers in [[], [(name: "Accept", value: "text/event-stream")]] {
                let reply = try await client.send("GET", "/b\(headers.isEmpty ? "" : "?snapshot")", headers: headers)
                #expect(reply.status == 503 && reply["Retry-After"] == "1", "\(reply.text)")
                #expect(try reply.part("/code") == json(#""too-many-bytes-in-flight""#))
                #expect(try reply.part("/limit") == json("16777216"))
            }
            #expect(try await client.send("GET", "/_capabilities").part("/limits/bytesInFlight") == json("16777216"))
            #expect(try await client.send("GET", "/b/0").status == 200)
            #expect(try await client.send("GET", "/_health/live").status == 200)
            asked.close()
            try await Self.becomes("there is room") { try await client.send("GET", "/b").status == 200 }
        }
    }

    @Test func `a bound below what one permitted request needs is refused at the start`() async throws {
        let folder = try TemporaryFolder()
        let (status, _, errors) = try await ServiceProcess.run([
            "serve", "--store", "rocksdb:\(folder.path)/store", "--port", "0", "--max-bytes-in-flight", "1MiB",
        ])
        #expect(status == .exit(2))
        #expect(
            errors.contains("--max-bytes-in-flight is '1MiB'; it must be at least --max-reply-size, which is 64MiB"))
    }
}

/// Connections that are held open.
private final class Connections: @unchecked Sendable {
    // Used by one after the other: who opens them, then who closes them.
    private var all: [Connection]

    init(_ all: [Connection]) {
        self.all = all
    }

    func close() { all = [] }
}
