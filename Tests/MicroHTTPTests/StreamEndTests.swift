import Glibc
import Synchronization
import TestSupport
import Testing

@testable import MicroHTTP

/// The end of streams, after which nothing is left of them.
// Serialized, because they keep both cores busy while tests of deadlines run.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct StreamEndTests {
    @Test func `finish sends what is queued and the last chunk, then closes`() async throws {
        try await withStreams { server, streams in
            let client = try RawClient.subscribed(server.port)
            let stream = streams.wait(for: 1)[0]
            let large = String(repeating: "x", count: 200_000)
            #expect(stream.send([StreamChunk(large), StreamChunk("end")]) == .queued)
            stream.finish()
            #expect(stream.send(StreamChunk("late")) == .closed && stream.isClosed)
            let first = try client.readChunk()
            let second = try client.readChunk()
            let last = try client.readChunk()
            #expect(first == large && second == "end" && last == "")
            #expect(client.isClosedByServer())
            #expect(becomes { streams.endings.all == [.finished] && server.streams == 0 })
            stream.finish()
            stream.abort()
            #expect(streams.endings.all == [.finished] && stream.queuedBytes == 0)
        }
    }

    @Test func `abort cuts the connection immediately`() async throws {
        try await withStreams { server, streams in
            let client = try RawClient.subscribed(server.port)
            let stream = streams.wait(for: 1)[0]
            stream.abort()
            #expect(stream.send(StreamChunk("late")) == .closed)
            #expect(client.isClosedByServer())
            #expect(becomes { streams.endings.all == [.aborted] && server.streams == 0 })
        }
    }

    @Test func `onClose after the end is called immediately, and once`() async throws {
        try await withStreams { server, streams in
            let client = try RawClient.subscribed(server.port)
            let stream = streams.wait(for: 1)[0]
            stream.finish()
            #expect(client.isClosedByServer() == false)
            #expect(becomes { streams.endings.all.count == 1 })
            let late = Collector<ResponseStream.Ending>()
            stream.onClose { late.add($0) }
            #expect(late.all == [.finished])
        }
    }

    @Test(arguments: [false, true])
    func `a client that disconnects is noticed within a second`(_ resets: Bool) async throws {
        try await withStreams { server, streams in
            let duration = try seconds {
                let client = try RawClient.subscribed(server.port)
                _ = streams.wait(for: 1)
                if resets { client.reset() }
                withExtendedLifetime(client) {}
            }
            #expect(duration < 1)
            #expect(becomes(within: 1) { streams.endings.all == [.clientGone] && server.streams == 0 })
            #expect(streams.all[0].send(StreamChunk("a")) == .closed)
        }
    }

    @Test(arguments: [false, true])
    func `a client that has closed its side gets what is queued, and its stream ends`(_ finishes: Bool) async throws {
        try await withServer(handler: { _ in
            .stream { stream in
                _ = stream.send(StreamChunk("a"))
                if finishes { stream.finish() }
            }
        }) { server in
            let text = try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send(subscription)
                client.stopSending()
                return client.readToEnd()
            }
            #expect(text.hasSuffix("\r\n\r\n1\r\na\r\n" + (finishes ? "0\r\n\r\n" : "")))
            try await eventually("the end is counted") { server.streamsEnded(finishes ? .finished : .clientGone) == 1 }
        }
    }

    @Test func `five hundred clients that connect and vanish leave nothing behind`() async throws {
        try await withStreams { server, streams in
            let before = openDescriptors()
            for index in 0..<500 {
                let client = try RawClient(server.port)
                client.send(subscription)
                if index % 3 > 0 { _ = try client.readResponse() }
                if index % 2 > 0 { client.reset() }
                for stream in streams.all { _ = stream.send(StreamChunk("event")) }
            }
            #expect(becomes { server.streams == 0 && server.connections == 0 })
            #expect(becomes { streams.endings.all.count == server.streamsOpened })
            let endings = ResponseStream.Ending.allCases.map { server.streamsEnded($0) }
            #expect(endings.reduce(0, +) == server.streamsOpened && server.streamsOpened > 300)
            // Other tests run at the same time and have descriptors too.
            #expect(becomes { openDescriptors() < before + 200 })
        }
    }

    @Test func `streams and the objects of their handlers are freed at the end`() async throws {
        final class Canary: Sendable {}
        let references = Collector<WeakReference>()
        try await withServer(handler: { _ in
            .stream { stream in
                let canary = Canary()
                references.add(WeakReference(canary))
                references.add(WeakReference(stream))
                stream.onClose { _ in withExtendedLifetime(canary) {} }
            }
        }) { server in
            try await onThread { [port = server.port] in
                for _ in 0..<20 { _ = try RawClient.subscribed(port) }
            }
            try await eventually("what it held is released") {
                references.all.count == 40 && references.all.allSatisfy(\.isGone)
            }
        }
    }

    @Test func `stopping ends streams within a second, with the last chunk`() async throws {
        let streams = Streams()
        try await withServer({ $0.drainTimeout = .seconds(20) }, handler: streams.handle) { server in
            let (clients, stuck) = try await onThread { [port = server.port] in
                let clients = try (0..<50).map { _ in try RawClient.subscribed(port) }
                _ = streams.wait(for: 50)
                let stuck = try RawClient.subscribed(port, receiveBuffer: 4096)
                let open = streams.wait(for: 51)
                #expect(open[50].send(StreamChunk([UInt8](repeating: 0x61, count: 8 << 20))) == .queued)
                for stream in open[..<50] { #expect(stream.send(StreamChunk("bye")) == .queued) }
                return (clients, stuck)
            }
            let start = Clock.now
            await server.drain()
            #expect(Clock.now - start < 2_000_000_000)
            #expect(server.streams == 0 && streams.endings.all.count == 51)
            #expect(streams.endings.all.allSatisfy { $0 == .shutDown })
            try await onThread {
                for client in clients { #expect(client.readToEnd() == "3\r\nbye\r\n0\r\n\r\n") }
                withExtendedLifetime(stuck) {}
            }
        }
    }

    @Test func `a stream is reported to the observer when it is over`() async throws {
        let exchanges = Collector<Exchange>()
        try await withStreams({ $0.observer = { exchanges.add($0) } }) { server, streams in
            let client = try RawClient.subscribed(server.port)
            let stream = streams.wait(for: 1)[0]
            usleep(50_000)
            #expect(exchanges.all.isEmpty)
            #expect(stream.send(StreamChunk("a")) == .queued)
            stream.finish()
            _ = client.readToEnd()
            #expect(becomes { exchanges.all.count == 1 })
            let exchange = try #require(exchanges.all.first)
            #expect(exchange.path == "/events" && exchange.status == 200 && exchange.ending == .completed)
            #expect(exchange.responseBodyBytes == 11 && exchange.durationNanoseconds > 50_000_000)
            #expect(exchange.remoteAddress.hasPrefix("127.0.0.1:"))
        }
        #expect(exchanges.all.count == 1)
    }
}

private func openDescriptors() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
}
