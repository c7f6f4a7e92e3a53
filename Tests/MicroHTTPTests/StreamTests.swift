import Glibc
import TestSupport
import Testing

@testable import MicroHTTP

/// The contents of streams as clients receive them.
// Serialized, because they keep both cores busy while tests of deadlines run.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct StreamTests {
    @Test func `the head is sent immediately, before there is anything to send`() async throws {
        try await withStreams { server, streams in
            let client = try RawClient(server.port)
            client.send(subscription)
            let reply = try client.readResponse()
            #expect(reply.status == 200 && reply["Content-Type"] == "text/event-stream")
            #expect(reply["Transfer-Encoding"] == "chunked" && reply["Content-Length"] == nil && reply.closes)
            #expect(reply["Date"] != nil)
            // The head is sent before the handler's code gets the stream.
            #expect(streams.wait(for: 1).count == 1 && server.streams == 1)
            #expect(becomes { server.activeRequests == 0 && server.connections == 0 })
        }
    }

    @Test func `two streams share chunks and get them byte for byte, in order`() async throws {
        try await withStreams { server, streams in
            let clients = try (0..<2).map { _ in try RawClient.subscribed(server.port) }
            let open = streams.wait(for: 2)
            let texts = (0..<300).map { "event \($0) " + String(repeating: "ü", count: $0) }
            for text in texts {
                let chunk = StreamChunk(text)
                for stream in open { #expect(stream.send(chunk) == .queued) }
                for client in clients {
                    let received = try client.readChunk()
                    #expect(received == text)
                }
            }
        }
    }

    @Test func `all that was queued arrives in order, whichever way it was queued`() async throws {
        try await withStreams({ $0.streamQueueChunks = 100_000 }) { server, streams in
            let client = try RawClient.subscribed(server.port)
            let stream = streams.wait(for: 1)[0]
            for number in stride(from: 0, to: 3000, by: 4) {
                #expect(stream.send(StreamChunk("\(number)")) == .queued)
                #expect(stream.send([StreamChunk("\(number + 1)"), StreamChunk("\(number + 2)")]) == .queued)
                #expect(stream.send(StreamChunk("\(number + 3)")) == .queued)
            }
            for number in 0..<3000 {
                let text = try client.readChunk()
                #expect(text == "\(number)")
            }
            #expect(becomes { stream.queuedBytes == 0 })
        }
    }

    @Test(arguments: [1, 4])
    func `chunks larger than the socket takes arrive whole`(_ threads: Int) async throws {
        try await withStreams({
            $0.streamQueueBytes = 64 << 20
            $0.streamThreads = threads
        }) { server, streams in
            let text = String(repeating: "0123456789abcdef", count: 20_000)
            let chunk = StreamChunk(text)
            let clients = try (0..<3).map { _ in try RawClient.subscribed(server.port) }
            for _ in 0..<5 {
                for stream in streams.wait(for: 3) { #expect(stream.send([chunk, StreamChunk("small")]) == .queued) }
            }
            for client in clients {
                for _ in 0..<5 {
                    let large = try client.readChunk()
                    let small = try client.readChunk()
                    #expect(large == text && small == "small")
                }
            }
        }
    }

    @Test func `what is sent while the stream is being opened follows the head`() async throws {
        try await withServer(handler: { _ in
            .stream { stream in
                _ = stream.send(StreamChunk("first"))
                stream.finish()
            }
        }) { server in
            let text = try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send(subscription)
                return client.readToEnd()
            }
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("\r\n\r\n5\r\nfirst\r\n0\r\n\r\n"))
            try await eventually("the connection is closed") { server.streams == 0 && server.connections == 0 }
            #expect(server.streamsEnded(.finished) == 1)
        }
    }

    @Test func `a handler that waited may open a stream`() async throws {
        try await withServer(handler: { _ in
            try? await Task.sleep(for: .milliseconds(20))
            return .stream { $0.finish() }
        }) { server in
            let text = try await onThread { [port = server.port] in
                let client = try RawClient(port)
                client.send(subscription)
                return client.readToEnd()
            }
            #expect(text.hasSuffix("\r\n\r\n0\r\n\r\n"))
        }
    }

    @Test func `an empty chunk sends nothing and does not end the body`() async throws {
        try await withStreams { server, streams in
            let client = try RawClient.subscribed(server.port)
            let stream = streams.wait(for: 1)[0]
            #expect(stream.send(StreamChunk("")) == .queued)
            #expect(stream.send([StreamChunk(""), StreamChunk("a"), StreamChunk("")]) == .queued)
            let text = try client.readChunk()
            #expect(text == "a")
        }
    }

    @Test func `HTTP/1.0 gets the payloads alone, up to the end of the connection`() async throws {
        try await withStreams { server, streams in
            let client = try RawClient(server.port)
            client.send("GET /events HTTP/1.0\r\n\r\n")
            let stream = streams.wait(for: 1)[0]
            #expect(stream.send([StreamChunk("one "), StreamChunk("two")]) == .queued)
            stream.finish()
            let text = client.readToEnd()
            #expect(text.hasSuffix("\r\n\r\none two") && !text.contains("Transfer-Encoding"))
            #expect(text.contains("\r\nConnection: close\r\n"))
        }
    }

    @Test(arguments: [false, true])
    func `HEAD gets the head, and the connection ends`(_ pipelines: Bool) async throws {
        let exchanges = Collector<Exchange>()
        try await withStreams({ $0.observer = { exchanges.add($0) } }) { server, streams in
            let client = try RawClient(server.port)
            let next = pipelines ? "GET / HTTP/1.1\r\nHost: a\r\n\r\n" : ""
            client.send("HEAD /events HTTP/1.1\r\nHost: a\r\n\r\n" + next)
            let head = try client.readResponse(toHead: true)
            #expect(head.status == 200 && head["Content-Type"] == "text/event-stream" && head.closes)
            #expect(head["Transfer-Encoding"] == "chunked" && head["Content-Length"] == nil)
            #expect(client.readToEnd() == "" && streams.all.isEmpty && server.streamsOpened == 0)
        }
        #expect(exchanges.all.map(\.status) == [200] && exchanges.all.map(\.ending) == [.completed])
    }

    @Test func `a request after one that became a stream is ignored`() async throws {
        try await withStreams { server, streams in
            let client = try RawClient(server.port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + subscription + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let first = try client.readResponse()
            #expect(first.body == "other")
            let head = try client.readResponse()
            #expect(head["Transfer-Encoding"] == "chunked")
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let stream = streams.wait(for: 1)[0]
            #expect(stream.send(StreamChunk("a")) == .queued)
            stream.finish()
            #expect(client.readToEnd() == "1\r\na\r\n0\r\n\r\n")
        }
    }

    @Test func `one stream too many is answered 503, and the connection stays open`() async throws {
        try await withStreams({ $0.streamLimit = 2 }) { server, streams in
            let clients = try (0..<2).map { _ in try RawClient.subscribed(server.port) }
            let surplus = try RawClient(server.port)
            surplus.send(subscription)
            let reply = try surplus.readResponse()
            #expect(reply.status == 503 && reply["Retry-After"] == "1" && reply.isProblem && !reply.closes)
            #expect(reply.body.contains("too-many-streams"))
            streams.wait(for: 2)[0].finish()
            #expect(becomes { server.streams == 1 })
            surplus.send(subscription)
            let next = try surplus.readResponse()
            #expect(next.status == 200)
            withExtendedLifetime(clients) {}
        }
    }

    @Test func `an idle stream gets the keep-alive chunk`() async throws {
        try await withStreams({
            $0.keepAliveInterval = .milliseconds(100)
            $0.keepAliveChunk = Array(": keep-alive\n\n".utf8)
        }) { server, streams in
            let client = try RawClient.subscribed(server.port)
            let duration = try seconds {
                for _ in 0..<3 {
                    let text = try client.readChunk()
                    #expect(text == ": keep-alive\n\n")
                }
            }
            #expect(duration > 0.25 && duration < 2)
            // A stream that is not idle needs no keep-alive chunk.
            let stream = streams.wait(for: 1)[0]
            for number in 0..<20 {
                _ = stream.send(StreamChunk("\(number)"))
                usleep(20_000)
            }
            stream.finish()
            let rest = client.readToEnd()
            #expect(rest.split(separator: "keep-alive").count <= 4)
        }
    }
}
