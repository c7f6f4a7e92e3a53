import Glibc
import TestSupport
import Testing

/// What a client that reads as fast as it can gets of a stream, beside a plain `GET` of the same bytes.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct StreamSpeedTests {
    /// A snapshot of 60 MB took 40 s over the loopback, a `GET` of the same bytes 0.1 s: the stream's socket took 64
    /// KB, and waited for an acknowledgement that the client's kernel delays by 40 ms. The bound leaves room for a busy
    /// machine: 30 MB would take 20 s that way.
    @Test(arguments: ["snapshot", "replay", "events"])
    func `a snapshot, a replay and large events come about as fast as a GET of the same bytes`(
        _ kind: String
    ) async throws {
        try await withService(.memory, ["--feed-bytes", "256MiB"]) { service in
            let client = service.client()
            let value = "\"\(String(repeating: "x", count: kind == "replay" ? 64 << 10 : 1 << 19))\""
            let count = (30 << 20) / value.utf8.count
            func write() async throws {
                for number in 0..<count { _ = try await client.send("PUT", "/e/\(number)", body: value) }
                _ = try await client.send("PUT", "/e/~", body: "\"the end\"")
            }
            let port = service.port
            if kind != "events" { try await write() }
            let target =
                kind == "snapshot" ? "/e?snapshot" : "/e?last_event_id=\(kind == "replay" ? "earliest" : "now")"
            let connection = try await onThread { Reader(try Connection(port: port)) }
            async let streamed = onThread {
                try connection.read(
                    target, "text/event-stream", until: kind == "snapshot" ? "event: synced" : "the end")
            }
            if kind == "events" {
                try await Task.sleep(for: .milliseconds(200))
                try await write()
            }
            let stream = try await streamed
            let got = try await onThread { try Reader(try Connection(port: port)).read("/e", "*/*", until: "the end") }
            #expect(stream < .seconds(6) + got * 10, "a GET took \(got)")
        }
    }

    /// An event of 6 MB, then another one: the client read 3 MB a second, and was cut as too slow after the first
    /// second, because nothing had left its queue: the large one leaves it as a whole.
    @Test func `a client that reads steadily is not cut, however large what it reads`() async throws {
        let options = ["--max-value-size", "8MiB", "--slow-client-timeout", "1s"]
        try await withService(.memory, options) { service in
            let port = service.port
            let client = service.client()
            let steady = Task {
                try await onThread {
                    let connection = try Connection(port: port, receiveBuffer: 64 << 10)
                    let head = "GET /e HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
                    try connection.send(Array(head.utf8))
                    var tail: [UInt8] = []
                    while tail.firstRange(of: Array("the end".utf8)) == nil {
                        tail = tail.suffix(16) + (try connection.readSome(64 << 10))
                        usleep(30_000)
                    }
                }
            }
            for _ in 0..<1000 {
                if try await client.send("GET", "/_metrics").text.contains("\nnestkv_sse_live_subscribers 1\n") {
                    break
                }
                try await Task.sleep(for: .milliseconds(10))
            }
            _ = try await client.send("PUT", "/e/a", body: "\"\(String(repeating: "x", count: 6 << 20))\"")
            _ = try await client.send("PUT", "/e/b", body: "\"the end\"")
            try await steady.value
        }
    }
}

/// A client that reads everything at once.
private final class Reader: @unchecked Sendable {
    // Used by one thread.
    private let connection: Connection

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// How long it takes from the request until a text has come.
    func read(_ target: String, _ accept: String, until end: String) throws -> Duration {
        let start = ContinuousClock.now
        try connection.send(Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\nAccept: \(accept)\r\n\r\n".utf8))
        let end = Array(end.utf8)
        var tail: [UInt8] = []
        while tail.firstRange(of: end) == nil {
            let piece = try connection.readSome(1 << 20)
            tail = tail.suffix(end.count) + piece.suffix(1024)
        }
        return ContinuousClock.now - start
    }
}
