import DriverConformance
import Glibc
import NestKVStorage
import RedisDriver
import Synchronization
import TestSupport
import Testing

/// The server is away, hangs, or loses scripts and data.
@Suite("When Redis goes away", .serialized, .timeLimit(.minutes(5)))
struct OutageTests {
    /// Writes to a leaf of its own until it is stopped. Counts up to the last acknowledged and the last sent number.
    private struct Writer: Sendable {
        var acknowledged = 0
        var sent = 0
        var unknown = 0
    }

    /// The state shared by the tasks of a test.
    private final class Load: Sendable {
        let isOver = Atomic(false)
        let done = Atomic(0)
    }

    @Test func `20 times under load, no acknowledged write is lost and the feed has no gap`() async throws {
        let server = try await RedisServer.start(RedisServer.synced)
        let driver = try await server.open()
        let load = Load()
        let follower = Task { try await Self.follow(driver, load) }
        let writers = try await withThrowingTaskGroup(of: (Int, Writer).self) { group in
            for index in 0..<8 {
                group.addTask {
                    var writer = Writer()
                    while !load.isOver.load(ordering: .relaxed) { await Self.write(index, &writer, driver, load) }
                    return (index, writer)
                }
            }
            for round in 0..<20 {
                let target = load.done.load(ordering: .relaxed) + 50
                try await eventually("writes work in round \(round)") { load.done.load(ordering: .relaxed) >= target }
                try await server.kill()
                try await server.start()
                try await eventually("it is back in round \(round)") { await driver.health().canWrite }
            }
            load.isOver.store(true, ordering: .relaxed)
            return try await group.reduce(into: [Int: Writer]()) { $0[$1.0] = $1.1 }
        }
        for (index, writer) in writers {
            let found = try await driver.leaf("w", "\(index)")?.value.description
            #expect(
                found == "\(writer.acknowledged)" || (writer.unknown > 0 && found == "\(writer.sent)"),
                "writer \(index): \(found ?? "nothing"), \(writer)")
        }
        let followed = try await follower.value
        let feed = try await driver.changes(in: .store, after: 0, limit: 1_000_000).changes.map(\.revision)
        #expect(feed == Array(1...UInt64(feed.count)))
        #expect(followed == Array(feed.prefix(followed.count)) && followed.count >= load.done.load(ordering: .relaxed))
        await driver.shutdown()
    }

    private static func write(_ index: Int, _ writer: inout Writer, _ driver: any Driver, _ load: Load)
        async
    {
        let key = Key(["w".utf8, "\(index)".utf8])
        // The outcome of an unknown write stays unknown until the value is read.
        guard let node = try? await driver.node(key, .leaf) else { return await pause() }
        writer.acknowledged = node.leaf.flatMap { Int($0.value.description) } ?? writer.acknowledged
        writer.sent = max(writer.sent, writer.acknowledged) + 1
        writer.unknown = 1
        let change = Mutation.set(.test(key, "\(writer.sent)"), replacing: node.leaf)
        do {
            _ = try await driver.commit(Transaction(expectations: [], changes: [change], readAt: node.revision))
            writer.acknowledged = writer.sent
            writer.unknown = 0
            load.done.add(1, ordering: .relaxed)
        } catch {
            if error.kind == .unavailable { writer.unknown = 0 }
            await pause()
        }
    }

    private static func pause() async { try? await Task.sleep(for: .milliseconds(5)) }

    /// Follows the feed like a subscriber, until the test is over and no change is left.
    private static func follow(_ driver: any Driver, _ load: Load) async throws -> [Revision] {
        var seen: [Revision] = []
        while true {
            let isLast = load.isOver.load(ordering: .relaxed)
            do {
                let page = try await driver.changes(in: .store, after: seen.last ?? 0, limit: 100)
                #expect(page.oldest <= seen.last ?? 0, "the feed started again")
                seen += page.changes.map(\.revision)
                if page.changes.isEmpty, isLast { return seen }
                if page.changes.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            } catch is DriverError {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test func `by hanging, requests fail after the deadline, then at once, and recover by themselves`() async throws {
        try await withDriver("?timeout=300ms") { server, driver in
            try await driver.put(["a", "b"], "1")
            server.signal(SIGSTOP)
            let start = ContinuousClock.now
            let key = Key(["a".utf8, "c".utf8])
            let write = await #expect(throws: DriverError.self) {
                try await driver.commit(
                    Transaction(expectations: [], changes: [.set(.test(key, "2"), replacing: nil)], readAt: 0))
            }
            #expect(write?.kind == .unknown)
            #expect(ContinuousClock.now - start < .seconds(20))
            let read = await #expect(throws: DriverError.self) { try await driver.leaf("x", "y") }
            #expect(read?.kind == .unavailable)
            let health = await driver.health()
            #expect(!health.canRead && health.since != nil && health.problem?.contains("\(server.port)") == true)
            // The same while it is away for long.
            try await Task.sleep(for: .seconds(1))
            await #expect(throws: DriverError.self) { try await driver.leaf("x", "y") }
            server.signal(SIGCONT)
            try await eventually("it is back") { await driver.health().canRead }
            #expect(try await driver.leaf("a", "b")?.value.description == "1")
            // The unconfirmed write was made once or not at all.
            let value = try await driver.leaf("a", "c")
            #expect(value == nil || value?.version == 1)
        }
    }

    @Test func `no request waits in vain: waiting is bounded by time and number`() async throws {
        try await withDriver("?timeout=500ms") { server, driver in
            server.signal(SIGSTOP)
            let start = ContinuousClock.now
            let failed = await withTaskGroup(of: Bool.self) { group in
                for index in 0..<20_000 {
                    group.addTask { (try? await driver.leaf("none", "\(index)")) == nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(failed == 20_000)
            #expect(ContinuousClock.now - start < .seconds(40))
            server.signal(SIGCONT)
            try await eventually("it is back") { await driver.health().canRead }
        }
    }

    @Test func `and loses scripts or is emptied, it continues with rising revisions`() async throws {
        try await withDriver { server, driver in
            let before = try await driver.put(["a", "b"], "1").revision
            try await server.cli("SCRIPT", "FLUSH")
            #expect(try await driver.leaf("a", "b")?.value.description == "1")
            try await server.cli("SCRIPT", "FLUSH")
            try await driver.put(["a", "b"], "2")
            try await server.cli("FLUSHALL")
            #expect(try await driver.leaf("a", "b") == nil)
            #expect(try await driver.texts("a").isEmpty)
            let receipt = try await driver.put(["a", "b"], "3")
            #expect(receipt.revision > before + 1)
            let page = try await driver.changes(in: .store, after: before, limit: 10)
            #expect(page.oldest > before, "a reader that has seen revision \(before) must start again")
            try await server.cli("FLUSHDB")
            try await driver.put(["a", "c"], "4")
            #expect(try await driver.texts("a") == ["/a/c": "4"])
        }
    }

    @Test func `and comes back with less data, no revision is used twice`() async throws {
        try await withDriver { server, driver in
            for number in 0..<10 { try await driver.put(["a", "b"], "\(number)") }
            let last = try await driver.leaf("a", "b")?.revision ?? 0
            try await server.kill()
            try await server.start()
            try await eventually("it is back") { await driver.health().canRead }
            #expect(try await driver.leaf("a", "b") == nil)
            let receipt = try await driver.put(["a", "b"], "1")
            #expect(receipt.revision > last)
            #expect(try await driver.changes(in: .store, after: last, limit: 10).oldest > last)
        }
    }
}
