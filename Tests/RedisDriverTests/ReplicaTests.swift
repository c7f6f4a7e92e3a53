import Glibc
import NestKVStorage
import TestSupport
import Testing

/// A primary with a replica.
@Suite("With replicas, a Redis store", .serialized, .timeLimit(.minutes(2)))
struct ReplicaTests {
    /// A primary that accepts replicas at once.
    private static func primary(_ options: [String] = []) async throws -> RedisServer {
        try await RedisServer.start(["--save", "", "--repl-diskless-sync-delay", "0"] + options)
    }

    private static func replica(of primary: RedisServer) async throws -> RedisServer {
        try await RedisServer.start(["--save", "", "--replicaof", "127.0.0.1 \(primary.port)"])
    }

    /// The error of a write of a leaf.
    private static func refusal(of value: String, _ driver: any Driver) async -> DriverError.Kind? {
        await #expect(throws: DriverError.self) { try await driver.put(["a", "b"], value) }?.kind
    }

    @Test func `that must confirm writes does so when they have a write, and refuses others while they are away`()
        async throws
    {
        let primary = try await Self.primary()
        let driver = try await primary.open("?replicas=1&timeout=1s")
        #expect(driver.capabilities.durability == .replicated && driver.capabilities.replicas == 2)
        // There is no replica yet.
        #expect(await Self.refusal(of: "0", driver) == .unavailable)
        #expect(try await driver.leaf("a", "b") == nil)
        let replica = try await Self.replica(of: primary)
        try await eventually("writes are taken") { await driver.health().canWrite }
        for number in 1...20 {
            #expect(try await driver.put(["a", "b"], "\(number)").durability == .replicated)
            #expect(try await replica.cli("GET", "a:b") == "\(number)")
        }
        replica.signal(SIGSTOP)
        // The write was made, but it may be lost.
        #expect(await Self.refusal(of: "21", driver) == .unknown)
        #expect(try await driver.leaf("a", "b")?.value.description == "21")
        #expect(await Self.refusal(of: "22", driver) == .unavailable)
        let health = await driver.health()
        #expect(health.canRead && !health.canWrite && health.since != nil)
        #expect(health.problem?.contains("0 of 1 replicas") == true, "\(health)")
        // Writes that wait for the replica don't block reads.
        for _ in 0..<100 { #expect(try await driver.leaf("a", "c") == nil) }
        replica.signal(SIGCONT)
        try await eventually("writes are accepted again") { await driver.health().canWrite }
        #expect(try await replica.cli("GET", "a:b") == "21")
        try await driver.put(["a", "b"], "23")
        #expect(try await replica.cli("GET", "a:b") == "23")
        await driver.shutdown()
    }

    @Test func `of which one becomes the primary continues with rising revisions, and refuses writes meanwhile`()
        async throws
    {
        let primary = try await Self.primary()
        let other = try await Self.primary()
        let driver = try await primary.open()
        for number in 1...10 { try await driver.put(["a", "b"], "\(number)") }
        let last = try await driver.leaf("a", "b")?.revision ?? 0
        // Its address now leads to a replica, of a server with less data.
        try await primary.cli("REPLICAOF", "127.0.0.1", "\(other.port)")
        try await eventually("it is noticed") { await !driver.health().canWrite }
        let problem = await driver.health().problem ?? ""
        #expect(problem.contains("replica") && problem.contains("\(other.port)"), "\(problem)")
        #expect(await Self.refusal(of: "11", driver) == .unavailable)
        try await eventually("it has what the other one has") { try await primary.cli("GET", "a:b").isEmpty }
        try await primary.cli("REPLICAOF", "NO", "ONE")
        try await eventually("it is back") { await driver.health().canWrite }
        #expect(try await driver.leaf("a", "b") == nil)
        #expect(try await driver.put(["a", "b"], "1").revision > last)
        #expect(try await driver.changes(in: .store, after: last, limit: 10).oldest > last)
        await driver.shutdown()
    }

    @Test func `reports changes of its durability, and isn't 'replicated' because of replicas that need not confirm`()
        async throws
    {
        let primary = try await Self.primary(["--appendonly", "yes", "--appendfsync", "always"])
        let replica = try await Self.replica(of: primary)
        let driver = try await primary.open()
        try await eventually("it is linked") {
            try await replica.cli("INFO", "replication").contains("master_link_status:up")
        }
        #expect(try await driver.put(["a", "b"], "1").durability == .fsynced)
        try await primary.cli("CONFIG", "SET", "appendfsync", "everysec")
        try await eventually("it is noticed") { driver.capabilities.durability == .buffered }
        #expect(try await driver.put(["a", "b"], "2").durability == .buffered)
        await driver.shutdown()
    }
}
