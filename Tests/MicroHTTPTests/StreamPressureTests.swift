import Glibc
import Testing

@testable import MicroHTTP

/// Clients that read too slowly.
// Serialized, because they keep both cores busy while tests of deadlines run.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct StreamPressureTests {
    @Test func `a client that does not read fills its queue and is cut, without an effect on others`() async throws {
        try await withStreams({
            $0.streamSendBuffer = 8 << 10
            $0.streamQueueBytes = 64 << 10
        }) { server, streams in
            let slow = try RawClient.subscribed(server.port, receiveBuffer: 4096)
            _ = streams.wait(for: 1)
            let fast = try (0..<5).map { _ in try RawClient.subscribed(server.port) }
            let open = streams.wait(for: 6)
            let text = String(repeating: "x", count: 10_000)
            var full = 0
            for _ in 0..<200 {
                let chunk = StreamChunk(text)
                for stream in open where !stream.isClosed {
                    let sent = stream.send(chunk)
                    guard sent != .queued else { continue }
                    #expect(stream === open[0])
                    if sent == .full {
                        full += 1
                        #expect(stream.queuedBytes > 50_000)
                        stream.abort()
                    }
                }
                for client in fast {
                    let received = try client.readChunk()
                    #expect(received == text)
                }
            }
            #expect(full == 1)
            #expect(becomes { server.streamsEndedByOverflow == 1 && server.streams == 5 })
            #expect(streams.endings.all == [.tooSlow] && open[0].queuedBytes == 0)
            withExtendedLifetime(slow) {}
        }
    }

    @Test(arguments: [1, 3])
    func `publishing far more than the queues hold cuts only clients that don't read`(_ threads: Int) async throws {
        try await withStreams({
            $0.streamThreads = threads
            $0.streamQueueChunks = 32
            $0.streamSendBuffer = 0
        }) { server, streams in
            let slow = try RawClient.subscribed(server.port, receiveBuffer: 4096)
            _ = streams.wait(for: 1)
            let fast = try (0..<4).map { _ in try RawClient.subscribed(server.port) }
            let open = streams.wait(for: 5)
            let large = StreamChunk([UInt8](repeating: 0x61, count: 8 << 20))
            #expect(open[0].send(large) == .queued)
            let refusedStreams = Collector<ResponseStream>()
            for number in 0..<2_000 {
                ResponseStream.publish([StreamChunk("\(number)")], to: open) { refusals in
                    for (stream, sent) in refusals where sent == .full {
                        refusedStreams.add(stream)
                        stream.abort()
                    }
                }
            }
            for client in fast {
                for number in 0..<2_000 {
                    let text = try client.readChunk()
                    #expect(text == "\(number)")
                }
            }
            #expect(refusedStreams.all.count == 1 && refusedStreams.all.first === open[0])
            #expect(becomes { server.streamsEndedByOverflow == 1 && server.streams == 4 })
            withExtendedLifetime(slow) {}
        }
    }

    @Test func `a stream that refused a publication gets no later one before it resumes`() async throws {
        try await withStreams({
            $0.streamSendBuffer = 32 << 10
            $0.streamQueueChunks = 4
        }) { server, streams in
            let client = try RawClient.subscribed(server.port, receiveBuffer: 64 << 10)
            let stream = streams.wait(for: 1)[0]
            let blocker = [UInt8](repeating: 0x61, count: 1 << 20)
            #expect(stream.send(StreamChunk(blocker)) == .queued)
            let refusals = Collector<ResponseStream.Sent>()
            func publish(_ text: String) {
                ResponseStream.publish([StreamChunk(text)], to: [stream]) {
                    for refusal in $0 { refusals.add(refusal.sent) }
                }
            }
            for _ in 0..<10 { publish("lost") }
            #expect(becomes { !refusals.all.isEmpty })
            var received = 0
            while received < blocker.count { received += try client.readChunk().utf8.count }
            publish("skipped")
            stream.resumePublications()
            publish("taken")
            let text = try client.readChunk()
            #expect(text == "taken")
            #expect(refusals.all == [.full])
        }
    }

    @Test func `a half-empty queue takes anything, a fuller one only what fits, and either all or nothing`()
        async throws
    {
        try await withStreams({
            $0.streamSendBuffer = 32 << 10
            $0.streamQueueChunks = 8
        }) { server, streams in
            let client = try RawClient.subscribed(server.port, receiveBuffer: 64 << 10)
            let stream = streams.wait(for: 1)[0]
            let blocker = [UInt8](repeating: 0x61, count: 1 << 20)
            #expect(stream.send(StreamChunk(blocker)) == .queued)
            #expect(stream.send(StreamChunk("a")) == .full)
            var received = 0
            while received < blocker.count { received += try client.readChunk().utf8.count }
            #expect(becomes { stream.queuedBytes == 0 })
            #expect(stream.send((0..<20).map { StreamChunk("\($0)") }) == .queued)
            for number in 0..<20 {
                let text = try client.readChunk()
                #expect(text == "\(number)")
            }
        }
    }

    @Test func `waitForRoom holds back a producer that is faster than its client`() async throws {
        let streams = Streams()
        try await withServer({ $0.streamQueueBytes = 40_000 }, handler: streams.handle) { server in
            let client = try await onThread { try RawClient.subscribed(server.port) }
            let stream = try await onThread { streams.wait(for: 1)[0] }
            let text = String(repeating: "y", count: 1_000)
            async let received = onThread {
                var count = 0
                while try client.readChunk() == text { count += 1 }
                return count
            }
            for _ in 0..<5_000 {
                while stream.send(StreamChunk(text)) == .full { #expect(await stream.waitForRoom()) }
                #expect(stream.queuedBytes <= 40_000)
            }
            stream.finish()
            #expect(try await received == 5_000)
            #expect(await stream.waitForRoom() == false)
        }
    }

    @Test(arguments: ["abort", "finish", "vanish", "drain"])
    func `waitForRoom returns when the stream ends`(_ way: String) async throws {
        let streams = Streams()
        try await withServer(handler: streams.handle) { server in
            var client: RawClient? = try await onThread { try RawClient.subscribed(server.port, receiveBuffer: 4096) }
            let stream = try await onThread { streams.wait(for: 1)[0] }
            #expect(stream.send(StreamChunk([UInt8](repeating: 0x61, count: 16 << 20))) == .queued)
            async let hasRoom = stream.waitForRoom()
            try await Task.sleep(for: .milliseconds(50))
            switch way {
            case "abort": stream.abort()
            case "finish": stream.finish()
            case "vanish": client = nil
            default: await server.drain()
            }
            #expect(await hasRoom == false)
            withExtendedLifetime(client) {}
        }
    }

    @Test func `a client that takes nothing at all is cut after the idle timeout`() async throws {
        try await withStreams({ $0.idleTimeout = .milliseconds(400) }) { server, streams in
            let client = try RawClient.subscribed(server.port, receiveBuffer: 4096)
            let stream = streams.wait(for: 1)[0]
            #expect(stream.send(StreamChunk([UInt8](repeating: 0x61, count: 16 << 20))) == .queued)
            #expect(becomes { streams.endings.all == [.tooSlow] })
            withExtendedLifetime(client) {}
        }
    }

    @Test func `eight threads that send, finish and abort while clients come and go`() async throws {
        try await withStreams({ $0.streamThreads = 2 }) { server, streams in
            let port = server.port
            let threads = (0..<8).map { number in
                Thread("chaos") {
                    for round in 0..<60 {
                        guard let client = try? RawClient.subscribed(port) else { continue }
                        let chunk = StreamChunk("\(number) \(round)")
                        for stream in streams.all where stream.send([chunk, chunk]) == .full { stream.abort() }
                        if round % 4 == 0 { streams.all.randomElement()?.finish() }
                        if round % 5 == 0 { streams.all.randomElement()?.abort() }
                        if round % 3 == 0 { client.reset() }
                    }
                }
            }
            for thread in threads { thread?.join() }
            #expect(becomes { server.streams == 0 })
            #expect(streams.endings.all.count == server.streamsOpened && server.streamsOpened > 400)
        }
    }
}
