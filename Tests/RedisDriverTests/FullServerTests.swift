import DriverConformance
import NestKVStorage
import RedisDriver
import TestSupport
import Testing

/// A server at its `maxmemory`.
@Suite("When Redis is full", .serialized, .timeLimit(.minutes(5)))
struct FullServerTests {
    private func delete(_ record: Record, _ driver: any Driver) async throws {
        let draft = Draft(key: record.key, value: nil, dataHash: record.dataHash, time: .now)
        _ = try await driver.commit(
            Transaction(
                expectations: [], changes: [.delete(draft, replacing: record)], readAt: record.revision))
    }

    @Test(arguments: [10, 20_000])
    func `DELETE of leaves was refused (507) like PUT, so nothing could be freed`(_ valueBytes: Int) async throws {
        try await withDriver { server, driver in
            let value = "\"" + String(repeating: "x", count: valueBytes) + "\""
            let used = try await server.number("used_memory")
            try await server.cli("CONFIG", "SET", "maxmemory", "\(used + 4 << 20)")
            var count = 0
            while true {
                do {
                    try await driver.put(["big", "\(count)"], value)
                    if count < 3 { try await driver.put(["big", "\(count)"], value) }
                    count += 1
                } catch let error as DriverError where error.kind == .full {
                    #expect(error.message.contains("maxmemory"))
                    break
                }
            }
            let full = try await server.number("used_memory")
            for number in 0..<count / 2 {
                let leaf = try #require(try await driver.leaf("big", "\(number)"))
                try await delete(leaf, driver)
            }
            #expect(try await driver.texts("big").count == count - count / 2)
            let freed = try await server.number("used_memory")
            #expect(freed < full - count / 4 * valueBytes, "\(freed) of \(full) bytes are used after deletions")
            try await driver.put(["big", "again"], value)
            // The version continues. The history before the deletion is gone.
            let receipt = try await driver.put(["big", "0"], "1")
            #expect(receipt.records[0].version == 4)
            let versions = try await driver.revisions(of: Key(["big".utf8, "0".utf8]), limit: 10).map(\.version)
            #expect(versions == [4, 3])
        }
    }

    @Test func `a group of commits is made in part: deletions are, and a mixed transaction is refused as a whole`()
        async throws
    {
        try await withDriver { server, driver in
            for number in 0..<200 { try await driver.put(["k", "\(number)"], "1") }
            try await server.cli("CONFIG", "SET", "maxmemory", "1")
            let results = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let leaf = try #require(try await driver.leaf("k", "\(number)"))
                        let isDeletion = number.isMultiple(of: 2)
                        let change: Mutation =
                            isDeletion
                            ? .delete(.test(leaf.key, nil), replacing: leaf)
                            : .set(.test(leaf.key, "2"), replacing: leaf)
                        do throws(DriverError) {
                            _ = try await driver.commit(
                                Transaction(expectations: [], changes: [change], readAt: leaf.revision))
                            return (number, true)
                        } catch {
                            guard error.kind == .full else { throw error }
                            return (number, false)
                        }
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for (number, isMade) in results { #expect(isMade == number.isMultiple(of: 2), "\(number)") }
            let (one, two) = (
                try #require(try await driver.leaf("k", "1")), try #require(try await driver.leaf("k", "3"))
            )
            let changes: [Mutation] = [
                .delete(.test(one.key, nil), replacing: one), .set(.test(two.key, "2"), replacing: two),
            ]
            let error = await #expect(throws: DriverError.self) {
                try await driver.commit(Transaction(expectations: [], changes: changes, readAt: two.revision))
            }
            #expect(error?.kind == .full)
            #expect(try await driver.leaf("k", "1") != nil)
            // Deletions by other programs are seen, and a service can start.
            try await server.cli("DEL", "k:1")
            #expect(try await driver.leaf("k", "1") == nil)
            let second = try await server.open()
            #expect(try await second.texts("k").count == 99)
            await second.shutdown()
            try await server.cli("CONFIG", "SET", "maxmemory", "0")
            try await driver.put(["k", "3"], "2")
            let feed = try await driver.changes(in: .store, after: 0, limit: 10_000)
            #expect(feed.changes.last?.record.value.description == "2")
        }
    }

    @Test func `a server that may evict keys, or can't write its files, is reported`() async throws {
        let server = try await RedisServer.start(["--save", "3600 1", "--appendonly", "no", "--maxmemory", "100mb"])
        let driver = try await server.open()
        try await driver.put(["a", "b"], "1")
        #expect(await driver.health().isReady && driver.capabilities.durability == .buffered)
        // A folder has the name of the snapshot's file, so the snapshot can't be saved.
        try server.blockSnapshots()
        _ = try? await server.cli("BGSAVE")
        try await eventually("it isn't ready") { await !driver.health().canWrite }
        let health = await driver.health()
        #expect(health.canRead && health.problem?.contains("rdb_last_bgsave_status:err") == true)
        let error = await #expect(throws: DriverError.self) { try await driver.put(["a", "b"], "2") }
        #expect(error?.kind == .unavailable)
        #expect(try await driver.leaf("a", "b")?.value.description == "1")
        try await server.cli("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
        try await eventually("it takes writes") { await driver.health().isReady }
        // From now on confirmed writes reach no disk.
        #expect(driver.capabilities.durability == .memory)
        try await driver.put(["a", "b"], "2")
        await driver.shutdown()
    }
}
