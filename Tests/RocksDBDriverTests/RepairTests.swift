import DriverConformance
import Foundation
import NestKVStorage
import TestSupport
import Testing

@testable import RocksDBDriver

/// A damaged store is refused. `nestkv repair-store` reports what can be saved, and makes a store of it.
@Suite("Repairing a RocksDB store", .timeLimit(.minutes(5)))
struct RepairTests {
    @Test(arguments: DamageSuite.Kind.allCases, [DamageSuite.Damage.changedByte(9), .cut(2), .deleted])
    func `keeps what can be read, keeps the damaged files aside, and starts another feed`(
        _ kind: DamageSuite.Kind, _ damage: DamageSuite.Damage
    ) async throws {
        let sample = try await KilledStore.sample()
        let copy = try sample.copy()
        guard let file = try copy.damage(kind, damage) else { return }
        let before = try copy.contents()
        let repair = try StoreRepair(StoreURL("rocksdb:\(copy.path)"), logger: DriverOptions.conformance.logger)

        let plan = try repair.run(applying: false)
        let untouched = try copy.contents()
        #expect(
            before.keys.sorted() == untouched.keys.sorted() && before == untouched, "\(file): a plan changed something")
        if plan.isSound { return }

        let report = try repair.run(applying: true)
        #expect(report.leaves == plan.leaves)
        #expect(report.lines.contains { $0.contains("another identity") })
        let aside = try #require(report.keptIn)
        for (name, bytes) in before where name != "LOCK" {
            #expect(try Data(contentsOf: URL(filePath: "\(aside)/\(name)")) == bytes, "\(name) isn't kept")
        }
        let driver = try RocksDBDriver(copy.settings, logger: DriverOptions.conformance.logger)
        try await DamageSuite.settle(driver)
        let health = await driver.health()
        #expect(health.isReady, "\(file): \(health)")
        let missing = try await copy.missing(in: driver)
        #expect(copy.leaves.count - missing.count <= report.leaves, "\(report.lines)")
        #expect(missing.count < copy.leaves.count, "\(file): nothing was saved: \(report.lines)")
        let revision = try await driver.put(["test", "after"], "1").revision
        #expect(revision == sample.revision + 1, "a revision is used twice: \(revision), \(sample.revision)")
        let page = try await driver.changes(in: .store, after: revision - 1, limit: 10)
        #expect(page.changes.count == 1 && page.identity != sample.identity)
        await driver.shutdown()
    }

    @Test func `leaves an undamaged store unchanged`() async throws {
        let copy = try await KilledStore.sample().copy()
        let before = try copy.contents()
        let repair = try StoreRepair(StoreURL("rocksdb:\(copy.path)"), logger: DriverOptions.conformance.logger)
        let report = try repair.run(applying: true)
        #expect(report.isSound && report.keptIn == nil && report.leaves == copy.leaves.count, "\(report.lines)")
        #expect(try copy.contents() == before)
    }

    @Test func `loses no more than the leaves of a damaged block`() async throws {
        let copy = try await KilledStore.sample().copy()
        _ = try copy.damage(.largestTable, .changedByte(7))
        let repair = try StoreRepair(StoreURL("rocksdb:\(copy.path)"), logger: DriverOptions.conformance.logger)
        let report = try repair.run(applying: true)
        #expect(report.leaves >= copy.leaves.count - 8, "\(report.lines)")
    }

    @Test func `refuses a store that is open`() async throws {
        let copy = try await KilledStore.sample().copy()
        let driver = try RocksDBDriver(copy.settings, logger: DriverOptions.conformance.logger)
        let repair = try StoreRepair(StoreURL("rocksdb:\(copy.path)"), logger: DriverOptions.conformance.logger)
        let error = #expect(throws: DriverError.self) { try repair.run(applying: true) }
        #expect(error?.message.contains("open in another process") == true)
        await driver.shutdown()
    }
}
