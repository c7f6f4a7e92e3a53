import Glibc
import Testing

@testable import MicroHTTP

/// The thread on which a handler runs.
@Suite(.timeLimit(.minutes(1)))
struct ExecutorTests {
    @Test func `a handler that waited, itself and in child tasks, continues on a thread of the server`() async throws {
        let replies = try await withServer(handler: { _ in
            let before = threadName()
            try? await Task.sleep(for: .milliseconds(5))
            async let child = { () async -> String in
                await Task.yield()
                return threadName()
            }()
            let names = [before, threadName(), await child, threadName()]
            return Response(status: 200, body: Array(Set(names).joined(separator: ",").utf8))
        }) {
            try await exchange($0.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(replies.map(\.body) == ["MHD-worker", "MHD-worker"])
    }

    @Test func `a handler whose request has ended continues elsewhere`() async throws {
        let (gate, gatekeeper) = AsyncStream.makeStream(of: Void.self)
        let (over, reporter) = AsyncStream.makeStream(of: String.self)
        try await withServer(
            { $0.drainTimeout = .milliseconds(50) },
            handler: { _ in
                for await _ in gate { break }
                reporter.yield(threadName())
                return Response(status: 200)
            }
        ) { server in
            try await onThread {
                let client = try RawClient(server.port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                while server.activeRequests == 0 { usleep(1000) }
            }
        }
        // The server has stopped. Only now the handler stops waiting.
        gatekeeper.yield()
        var names = over.makeAsyncIterator()
        #expect(await names.next() != "MHD-worker")
    }
}

private func threadName() -> String {
    var name = [CChar](repeating: 0, count: 16)
    let file = open("/proc/thread-self/comm", O_RDONLY)
    defer { close(file) }
    let count = read(file, &name, 15)
    let bytes = name.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    return String(decoding: bytes.filter { $0 >= 0x20 }, as: UTF8.self)
}
