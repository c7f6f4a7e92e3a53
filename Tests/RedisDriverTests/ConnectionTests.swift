import Glibc
import Logging
import NestKVStorage
import Synchronization
import Testing

import struct TestSupport.RedisServer
import func TestSupport.eventually

@testable import RedisDriver

/// The connection, lost at the worst moments.
@Suite("The connection to Redis", .serialized, .timeLimit(.minutes(2)))
struct ConnectionTests {
    /// Records what the event loop reports.
    private final class Listener: EventLoopDelegate {
        let losses = Mutex<[String]>([])

        func received(_ message: Reply) {}
        func disconnected(_ reason: String) { losses.withLock { $0.append(reason) } }
        func tick() {}
    }

    @Test func `reports its loss to a subscriber that came too late`() async throws {
        let listener = Listener()
        let loop = EventLoop(timeout: .seconds(1))
        loop.start(delegate: listener)
        loop.push(.subscribe(Command("SUBSCRIBE", "channel")))
        try await eventually("the loss is reported") { listener.losses.withLock { $0.count } == 1 }
        loop.push(.stop)
    }

    private func client(to port: Int) throws -> RedisClient {
        let settings = try RedisSettings(StoreURL("redis://127.0.0.1:\(port)/3"), .conformance)
        let tracked = TrackedState(layout: settings.layout, cacheBytes: 1 << 20)
        return RedisClient(settings, tracked: tracked, logger: Logger(label: "test"))
    }

    @Test func `takes no commands if it was lost while it was set up`() throws {
        let client = try client(to: 1)
        let info = ServerInfo(text: "redis_version:7.0.15\r\n")
        try client.noteConnected(info, isTracking: true, at: 1)
        #expect(client.loop.submit(Request(Command("PING")) { _ in {} }) == nil)
        client.disconnected("it was cut")
        #expect(throws: RedisFailure.self) { try client.noteConnected(info, isTracking: true, at: 1) }
        // No command may go over a connection that hasn't selected its database yet.
        guard case .notConnected = client.loop.submit(Request(Command("PING")) { _ in {} }) else {
            Issue.record("a command was accepted")
            return
        }
        #expect(!client.health.canRead && client.tracked.cache.find(Key(["a".utf8]), .leaf) == nil)
    }

    @Test(arguments: ["normal", "pubsub"])
    func `is made again wherever it is cut, and no request waits for ever`(_ type: String) async throws {
        try await withDriver { server, driver in
            let load = Atomic(false)
            let user = Task {
                while !load.load(ordering: .relaxed) {
                    _ = try? await driver.put(["a", "b"], "1")
                    _ = try? await driver.texts("a")
                    try? await Task.sleep(for: .milliseconds(1))
                }
            }
            // Setting up a connection takes some milliseconds. It is cut at each step.
            for pause in ["0.001", "0.002", "0.003", "0.005"] {
                try await server.cli(["-r", "200", "-i", pause, "CLIENT", "KILL", "TYPE", type])
                try await eventually("it is back") { await driver.health().canWrite }
            }
            load.store(true, ordering: .relaxed)
            await user.value
            try await driver.put(["a", "b"], "2")
            #expect(try await driver.texts("a") == ["/a/b": "2"])
        }
    }
}
