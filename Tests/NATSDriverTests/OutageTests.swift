import FoundationEssentials
import Glibc
import NATSDriver
import NestKVStorage
import Synchronization
import TestSupport
import Testing

@Suite("While the server is away, the NATS driver", .timeLimit(.minutes(3)), .serialized)
struct OutageTests {
    @Test func `fails at once, says since when, and is back within a second`() async throws {
        let server = try await NATSServer.start(.newest)
        try await withNATS(server) { driver in
            try await driver.write("ep/a") { _ in "1" }
            let before = Timestamp.now
            try await server.kill()
            try await eventually("it is reported") { await driver.health().problem != nil }
            let health = await driver.health()
            #expect(!health.canRead && !health.canWrite)
            let since = try #require(health.since)
            #expect(since >= before && since <= .now)
            let clock = ContinuousClock()
            let start = clock.now
            for _ in 0..<100 {
                let error = await #expect(throws: DriverError.self) { _ = try await driver.value("ep/a") }
                #expect(error?.kind == .unavailable)
            }
            #expect(clock.now - start < .seconds(1))
            try await server.start()
            let back = clock.now
            try await eventually("it is back") { await driver.health().problem == nil }
            #expect(clock.now - back < .seconds(1))
            let value = try await driver.value("ep/a")
            #expect(value == "1")
        }
        try await server.stop()
    }

    @Test func `detects a hung server by the deadline, and repeats no write when the server continues`() async throws {
        let server = try await NATSServer.start(.newest)
        try await withNATS(server, timeout: .milliseconds(500)) { driver in
            let first = try await driver.write("ep/a") { _ in "0" }
            let node = try await driver.node(key("ep/a"), .leaf)
            server.signal(SIGSTOP)
            let clock = ContinuousClock()
            let start = clock.now
            let error = await #expect(throws: DriverError.self) {
                _ = try await driver.commit(
                    Transaction(expectations: [], changes: [change("ep/a", node.leaf)], readAt: node.revision))
            }
            #expect(error?.kind == .unknown)
            #expect(clock.now - start < .seconds(1))
            // From now on nothing is sent.
            for _ in 0..<20 {
                let error = await #expect(throws: DriverError.self) {
                    _ = try await driver.commit(
                        Transaction(expectations: [], changes: [change("ep/b", nil)], readAt: node.revision))
                }
                #expect(error?.kind == .unavailable)
            }
            #expect(clock.now - start < .seconds(2))
            try await eventually("it is reported") { await driver.health().problem?.contains("doesn't answer") == true }
            server.signal(SIGCONT)
            let back = clock.now
            try await eventually("it is back") { await driver.health().problem == nil }
            #expect(clock.now - back < .seconds(1))
            // The one write whose outcome was unknown has happened, once.
            let record = try #require(try await driver.node(key("ep/a"), .leaf).leaf)
            #expect(record.version == first.version + 1 && record.revision == first.revision + 1)
            let other = try await driver.node(key("ep/b"), .leaf).latest
            #expect(other == nil)
            let next = try await driver.write("ep/a") { _ in "2" }
            #expect(next.version == record.version + 1)
        }
        try await server.stop()
    }

    @Test func `loses no acknowledged write, and its feed has no gap, while the server is killed repeatedly`()
        async throws
    {
        let server = try await NATSServer.start(.newest, jetStream: NATSServer.synced)
        try await withNATS(server, query: "?sync=always") { driver in
            let start = try await driver.write("kill/start") { _ in "0" }
            let isOver = Flag()
            let follower = Task { try await follow(driver, after: start.revision, until: "kill/end").map(\.revision) }
            let writers = Task {
                await withTaskGroup(of: [String: UInt64].self) { group in
                    for writer in 0..<16 {
                        group.addTask { await write("kill/\(writer)", on: driver, until: isOver) }
                    }
                    return await group.reduce(into: [:]) { $0.merge($1) { $1 } }
                }
            }
            for _ in 0..<8 {
                try await Task.sleep(for: .milliseconds(300))
                try await server.kill()
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...200)))
                try await server.start()
            }
            isOver.set()
            let acknowledged = await writers.value
            try await eventually("it is back") { await driver.health().problem == nil }
            #expect(acknowledged.count == 16)
            #expect(acknowledged.values.reduce(0, +) > 100, "too little was written")
            for (path, version) in acknowledged {
                let record = try #require(try await driver.node(key(path), .leaf).leaf)
                #expect(record.version >= version, "\(path)")
            }
            let end = try await driver.write("kill/end") { _ in "0" }
            let seen = try await follower.value
            #expect(seen == Array((start.revision + 1)...end.revision))
        }
        try await server.stop()
    }

    @Test(
        arguments: NATSServer.Version.allCases,
        [true, false])
    func `starts from scratch if the server comes back with less data`(_ version: NATSServer.Version, isFollowed: Bool)
        async throws
    {
        let server = try await NATSServer.start(version)
        func restart(_ change: () throws -> Void) async throws {
            try await server.stop()
            try change()
            try await server.start()
        }
        try await withNATS(server) { driver in
            let (data, copy) = ("\(server.folder.path)/nats", "\(server.folder.path)/copy")
            for index in 0..<5 { try await driver.write("less/\(index)") { _ in "1" } }
            try await restart { try FileManager.default.copyItem(atPath: data, toPath: copy) }
            try await eventually("it is back") { (try? await driver.write("less/0") { _ in "2" }) != nil }
            for index in 1..<5 { try await driver.write("less/\(index)") { _ in "2" } }
            let feed = Feed(entryPoint: Array("less".utf8))
            #expect(try await driver.changes(in: feed, after: 10, limit: 9).current == 10)
            async let waiting: Void = isFollowed ? driver.waitForChange(in: feed, after: 10) : ()
            try await restart {
                try FileManager.default.removeItem(atPath: data)
                try FileManager.default.moveItem(atPath: copy, toPath: data)
            }
            // A waiting task is woken and sees that the feed doesn't continue.
            try await waiting
            try await eventually("the loss is noticed") {
                (try? await driver.changes(in: feed, after: 10, limit: 9))?.current ?? 10 < 10
            }
            #expect(try await driver.value("less/4") == "1")
            let node = try await driver.node(key("less"), .everything)
            #expect(node.below.count == 5)
            _ = try await driver.commit(
                Transaction(
                    expectations: [.below(key("less"), node.below)], changes: [change("less/new", nil)],
                    readAt: node.revision))
            try await driver.write("less/4") { _ in "3" }
            #expect(try await driver.value("less/4") == "3")
            let seen = try await driver.changes(in: feed, after: 5, limit: 9).changes
            #expect(seen.map(\.revision) == [6, 7])
        }
        try await server.stop()
    }

    /// Sets a leaf repeatedly. Returns the last acknowledged version.
    private func write(_ path: String, on driver: any Driver, until isOver: Flag) async -> [String: UInt64] {
        var last: UInt64 = 0
        while !isOver.isSet {
            do {
                last = try await driver.write(path) { _ in "1" }.version
            } catch {
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        return [path: last]
    }
}

/// A change of a leaf to `1`.
private func change(_ path: String, _ replacing: Record?) -> Mutation {
    .set(
        Draft(key: key(path), value: .integer(1), dataHash: CanonicalHashing().hash(of: .integer(1)), time: .now),
        replacing: replacing)
}
