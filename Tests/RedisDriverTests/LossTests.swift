import DriverConformance
import Glibc
import NestKVStorage
import RedisDriver
import TestSupport
import Testing

/// The server comes back with less than it confirmed: with older or shorter files, as a replica that lagged, from a
/// dump.
@Suite("When Redis lost changes", .serialized, .timeLimit(.minutes(5)))
struct LossTests {
    /// The identity of the feed, and its revision.
    private func feed(_ driver: any Driver) async throws -> (identity: String, revision: Revision) {
        let page = try await driver.changes(in: .store, after: .max, limit: 1)
        return (page.identity, page.current)
    }

    private func stop(_ server: RedisServer) async throws {
        _ = try? await server.cli("SHUTDOWN", "NOSAVE")
        try await server.kill()
    }

    @Test func `that another process overwrote, a reader that saw more starts from scratch in another feed`()
        async throws
    {
        // Two processes see 10 changes; 5 of them are in the snapshot that Redis comes back with. One process writes 20
        // more before the other is back. Revision 30 > 10 looks like the same feed, but its changes 6…10 are others.
        let server = try await RedisServer.start()
        let early = try await server.open()
        for number in 1...5 { try await early.put(["a", "b"], "\(number)") }
        try await server.cli("SAVE")
        let known = try await feed(early)
        await early.shutdown()
        let late = try await server.open("?timeout=100ms")
        for number in 6...10 { try await late.put(["a", "b"], "\(number)") }
        let seen = try await feed(late)
        #expect(seen.identity == known.identity && seen.revision == 10)
        try await stop(server)
        try await server.start()
        try await eventually("it is back") { await late.health().canRead }
        let writer = try await server.open()
        for number in 1...20 { try await writer.put(["a", "c"], "\(number)") }
        let now = try await feed(late)
        #expect(now.revision > 20 && now.identity != seen.identity)
        #expect(try await feed(writer).identity == now.identity)
        #expect(try await late.leaf("a", "b")?.value.description == "5")
        await writer.shutdown()
        await late.shutdown()
    }

    @Test func `and no process saw them, a run of the server that no process knows is another feed`() async throws {
        let server = try await RedisServer.start(RedisServer.synced)
        let first = try await server.open()
        try await first.put(["a", "b"], "1")
        let known = try await feed(first)
        await first.shutdown()
        // A process that starts while the server runs continues in the same feed.
        let second = try await server.open()
        #expect(try await feed(second).identity == known.identity)
        try await second.put(["a", "b"], "2")
        // So does a process from before, if nothing is lost.
        try await server.kill()
        try await server.start()
        try await eventually("it is back") { await second.health().canRead }
        #expect(try await feed(second) == (known.identity, 2))
        #expect(await second.health().isReady)
        await second.shutdown()
        try await server.kill()
        try await server.start()
        let third = try await server.open()
        #expect(try await feed(third).identity != known.identity)
        #expect(try await feed(third).revision == 2)
        #expect(try await third.leaf("a", "b")?.value.description == "2")
        await third.shutdown()
    }

    @Test func `that were confirmed as synced, it reports that and isn't ready`() async throws {
        let server = try await RedisServer.start(RedisServer.synced)
        let driver = try await server.open()
        for number in 1...5 { try await driver.put(["a", "b"], "\(number)") }
        #expect(driver.capabilities.durability == .fsynced)
        try await server.kill()
        try server.shortenLog(by: 300)
        try await server.start()
        try await eventually("it is back") { await driver.health().canRead }
        let health = await driver.health()
        #expect(!health.isReady && health.isDamaged && health.problem?.contains("lost up to") == true)
        let value = try await driver.leaf("a", "b")?.value.description
        #expect(value != "5")
        let receipt = try await driver.put(["a", "b"], "6")
        #expect(receipt.revision > 5)
        await driver.shutdown()
        // Restarting the service acknowledges the loss.
        let next = try await server.open()
        #expect(await next.health().isReady)
        await next.shutdown()
    }

    @Test func `through an older dump while the connection stays, the loss is noticed and the cache is dropped`()
        async throws
    {
        let server = try await RedisServer.start(
            RedisServer.unsaved + ["--enable-debug-command", "yes"])
        let driver = try await server.open()
        do {
            for number in 1...3 { try await driver.put(["a", "b"], "\(number)") }
            try await server.cli("SAVE")
            for number in 4...9 { try await driver.put(["a", "b"], "\(number)") }
            try await driver.put(["a", "late"], "1")
            #expect(try await driver.texts("a").count == 2)
            let seen = try await feed(driver)
            try await server.cli("DEBUG", "RELOAD", "NOSAVE")
            try await eventually("it is noticed") { try await feed(driver).identity != seen.identity }
            #expect(try await driver.texts("a") == ["/a/b": "3"])
            #expect(try await feed(driver).revision > seen.revision)
            #expect(try await driver.put(["a", "b"], "10").revision > seen.revision)
        }
        await driver.shutdown()
    }

    @Test func `of its feed's state only, the revision doesn't go back`() async throws {
        try await withDriver { server, driver in
            try await driver.put(["a", "b"], "1")
            let state = try await server.cli("HGET", "nestkv:meta", "nestkv:state")
            for number in 2...9 { try await driver.put(["a", "b"], "\(number)") }
            let seen = try await feed(driver)
            try await server.cli("HSET", "nestkv:meta", "nestkv:state", state)
            try await eventually("it is noticed") { try await feed(driver).revision > seen.revision }
            #expect(try await feed(driver).identity != seen.identity)
        }
    }
}
