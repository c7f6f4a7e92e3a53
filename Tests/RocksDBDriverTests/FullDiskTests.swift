import DriverConformance
import Foundation
import NestKVStorage
import TestSupport
@testable import RocksDBDriver
import Testing

@Suite("RocksDB on a full disk", .timeLimit(.minutes(1)))
struct FullDiskTests {
    @Test(
        .enabled(if: SmallDisk.isPossible),
        arguments: ["nestkv notices first", "RocksDB notices first"])
    func `writes are refused, reads continue, and writes work again by themselves`(_ who: String) async throws {
        try await SmallDisk.with(mebibytes: 32) { disk in
            var settings = RocksDBSettings(path: "\(disk)/store", options: .conformance)
            settings.looksForRoom = who == "nestkv notices first"
            let ballast = "\(disk)/ballast"
            try Data(count: 23 << 20).write(to: URL(filePath: ballast))
            let driver = try RocksDBDriver(settings, logger: DriverOptions.conformance.logger)
            #expect(await driver.health().canWrite)
            let written = try await writeUntilFull(driver)
            let health = await driver.health()
            #expect(health.canRead && !health.canWrite && health.since != nil)
            #expect(health.problem?.contains("disk is full") == true)
            let revision = try await driver.node(key(0), .leaf).revision
            #expect(revision == UInt64(written), "the refused write is counted")
            #expect(try await driver.node(key(written - 1), .leaf).leaf != nil)
            #expect(try await driver.node(key(written), .leaf).latest == nil)

            // Readers continue while the store recovers.
            let reader = Task {
                while !Task.isCancelled {
                    _ = try await driver.node(key(1), Reach(ancestors: true, leavesBelow: 1, bytesBelow: 1))
                    await Task.yield()
                }
            }
            try FileManager.default.removeItem(atPath: ballast)
            for _ in 0..<400 where await !driver.health().canWrite { try await Task.sleep(for: .milliseconds(50)) }
            reader.cancel()
            try await reader.value
            #expect(await driver.health().canWrite)
            let receipt = try await driver.put(["full", "after"], "1")
            #expect(receipt.revision == UInt64(written + 1))
            await driver.shutdown()

            let again = try RocksDBDriver(settings, logger: DriverOptions.conformance.logger)
            let page = try await again.scan(Key(["full".utf8]), after: nil, limit: 100_000)
            #expect(page.records.count == written + 1)
            let feed = try await again.changes(in: .store, after: 0, limit: 100_000)
            #expect(feed.changes.last?.revision == receipt.revision)
            await again.shutdown()
        }
    }

    private func key(_ index: Int) -> Key { Key(["full", "\(index)"].map(\.utf8)) }

    private func writeUntilFull(_ driver: any Driver) async throws -> Int {
        var written = 0
        let error = await #expect(throws: DriverError.self) {
            while written < 10_000 {
                try await driver.put(["full", "\(written)"], "\"\(String(repeating: "x", count: 50_000))\"")
                written += 1
            }
        }
        #expect(written > 10)
        #expect(error?.kind == .full, "\(error?.description ?? "")")
        for _ in 0..<3 {
            let again = await #expect(throws: DriverError.self) { try await driver.put(["full", "small"], "1") }
            #expect(again?.kind == .full, "\(again?.description ?? "")")
        }
        return written
    }

    @Test(.enabled(if: SmallDisk.isPossible))
    func `a store is not opened without room`() async throws {
        try await SmallDisk.with(mebibytes: 1) { disk in
            try? Data(count: 2 << 20).write(to: URL(filePath: "\(disk)/ballast"))
            let error = await #expect(throws: DriverError.self) {
                try await DriverFactory.rocksdb.open(StoreURL("rocksdb:\(disk)/store"), .conformance).shutdown()
            }
            #expect(
                error?.kind == .configuration && error?.message.contains("no room") == true,
                "\(String(describing: error))")
        }
    }
}
