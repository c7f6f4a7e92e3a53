import DriverConformance
import NestKVStorage
import RedisDriver
import TestSupport
import Testing

/// `EXPIRE` and similar commands, together with `?ttl`.
@Suite("Times to live that other programs set", .serialized, .timeLimit(.minutes(5)))
struct TimeToLiveTests {
    /// Sets a leaf, with or without a time to live.
    private func set(_ driver: any Driver, _ path: [String], _ value: String, until time: Timestamp?) async throws {
        let key = Key(path.map(\.utf8))
        let node = try await driver.node(key, .leaf)
        let known = Draft.test(key, value)
        let draft = Draft(
            key: key, value: known.value, dataHash: known.dataHash, time: known.time, expiresAt: time)
        _ = try await driver.commit(
            Transaction(expectations: [], changes: [.set(draft, replacing: node.leaf)], readAt: node.revision))
    }

    private func end(_ driver: any Driver, _ path: String...) async throws -> Int64? {
        try await driver.node(Key(path.map(\.utf8)), .leaf).leaf?.expiresAt?.milliseconds
    }

    @Test func `were not shown, and lost with the next write; now they are the leaf's, in both directions`()
        async throws
    {
        try await withDriver { server, driver in
            // SET … EX was shown without expiresAt.
            let time = Timestamp.now.milliseconds + 100_000
            try await server.cli("SET", "ep1:a", "1", "PXAT", "\(time)")
            #expect(try await end(driver, "ep1", "a") == time)
            // A write that keeps it, like PATCH, removed it in Redis.
            try await set(driver, ["ep1", "a"], "2", until: Timestamp(milliseconds: time))
            let left = try #require(Int64(try await server.cli("PEXPIRETIME", "ep1:a")))
            #expect((time...time + 3000).contains(left))
            #expect(try await end(driver, "ep1", "a") == time)
            // A write that clears it, like PUT, does so in Redis.
            try await set(driver, ["ep1", "a"], "3", until: nil)
            #expect(try await server.cli("PTTL", "ep1:a") == "-1")
            // EXPIRE alone, EXPIRE again, and PERSIST.
            for later in [200_000, 300_000] as [Int64] {
                try await server.cli("PEXPIREAT", "ep1:a", "\(time + later)")
                try await eventually("it is shown") { try await end(driver, "ep1", "a") == time + later }
            }
            try await server.cli("PERSIST", "ep1:a")
            try await eventually("it is gone") { try await end(driver, "ep1", "a") == nil }
            #expect(try await driver.leaf("ep1", "a")?.version == 6)
            let history = try await driver.revisions(of: Key(["ep1".utf8, "a".utf8]), limit: 9)
            #expect(history.map(\.value.description) == ["3", "3", "3", "3", "2", "1"])
            // RENAME moves it, INCR and KEEPTTL keep it.
            try await server.cli("SET", "ep1:b", "1", "PXAT", "\(time)")
            try await server.cli("RENAME", "ep1:b", "ep1:c")
            try await server.cli("INCR", "ep1:c")
            #expect(try await end(driver, "ep1", "c") == time)
            #expect(try await driver.leaf("ep1", "c")?.value.description == "2")
        }
    }

    @Test func `that nestkv set are seen by other programs, and outlast a restart of either`() async throws {
        let server = try await RedisServer.start(RedisServer.synced)
        let first = try await server.open()
        let time = Timestamp.now.milliseconds + 100_000
        try await set(first, ["ep1", "own"], "1", until: Timestamp(milliseconds: time))
        try await server.cli("SET", "ep1:other", "2", "PXAT", "\(time)")
        let left = try #require(Int64(try await server.cli("PEXPIRETIME", "ep1:own")))
        #expect((time...time + 3000).contains(left))
        #expect(try await end(first, "ep1", "other") == time)
        await first.shutdown()
        try await server.cli("PEXPIREAT", "ep1:other", "\(time + 1000)")
        try await server.kill()
        try await server.start()
        let second = try await server.open()
        #expect(try await end(second, "ep1", "own") == time)
        #expect(try await end(second, "ep1", "other") == time + 1000)
        #expect(try await second.leaf("ep1", "own")?.version == 1)
        #expect(try await second.leaf("ep1", "other")?.version == 2)
        await second.shutdown()
    }

    @Test func `end as an expiry, with the value in the history; an earlier deletion is a deletion`() async throws {
        try await withDriver { server, driver in
            try await server.cli("SET", "ep1:soon", "1", "PX", "100")
            try await server.cli("SET", "ep1:late", "2", "PX", "100000")
            #expect(try await driver.texts("ep1").count == 2)
            try await server.cli("DEL", "ep1:late")
            try await eventually("both are gone") { try await driver.feed().count == 4 }
            let feed = try await driver.feed().suffix(2).map { $0.dropFirst(2) }.sorted()
            #expect(feed == ["delete /ep1/late null v2", "expire /ep1/soon null v2"])
            let history = try await driver.revisions(of: Key(["ep1".utf8, "soon".utf8]), limit: 9)
            #expect(history.map(\.value.description) == ["null", "1"])
            // In a process that starts later.
            try await server.cli("SET", "ep1:away", "3", "PX", "100000")
            #expect(try await driver.leaf("ep1", "away") != nil)
        }
    }
}
