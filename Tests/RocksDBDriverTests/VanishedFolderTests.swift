import DriverConformance
import Foundation
import NestKVStorage
import TestSupport
import Testing

@testable import RocksDBDriver

#if canImport(Glibc)
    import Glibc
#endif

/// The store's folder is taken away from the running service: `rm -rf`, `mv`, `umount`.
///
/// Came back: writes were still answered `fsynced`, and none of them was kept. Should: within a second no write is
/// acknowledged, the service isn't ready, and it says why and what to do.
@Suite("A store's folder that vanishes", .timeLimit(.minutes(1)))
struct VanishedFolderTests {
    private let folder: TemporaryFolder
    private var path: String { "\(folder.path)/store" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open() async throws -> any Driver {
        let driver = try await DriverFactory.rocksdb.open(StoreURL("rocksdb:\(path)"), .conformance)
        try await driver.put(["test", "a"], "1")
        return driver
    }

    private func expectRefusal(_ driver: any Driver, _ words: String) async throws {
        for _ in 0..<200 where await driver.health().isReady { try await Task.sleep(for: .milliseconds(10)) }
        let health = await driver.health()
        #expect(!health.isReady && health.since != nil)
        #expect(health.problem?.contains(words) == true && health.problem?.contains(path) == true, "\(health)")
        let error = await #expect(throws: DriverError.self) { try await driver.put(["test", "a"], "2") }
        #expect(error?.kind == .unavailable && error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test func `deleted: no write is acknowledged any more`() async throws {
        let driver = try await open()
        try FileManager.default.removeItem(atPath: path)
        try await expectRefusal(driver, "is gone")
        await driver.shutdown()
    }

    @Test func `renamed: writes work again when it is back`() async throws {
        let driver = try await open()
        try FileManager.default.moveItem(atPath: path, toPath: "\(path).away")
        try await expectRefusal(driver, "is gone")
        try FileManager.default.moveItem(atPath: "\(path).away", toPath: path)
        for _ in 0..<400 where await !driver.health().isReady { try await Task.sleep(for: .milliseconds(10)) }
        #expect(await driver.health().isReady)
        try await driver.put(["test", "a"], "3")
        await driver.shutdown()
    }

    @Test func `replaced by another folder, with another store in it`() async throws {
        let driver = try await open()
        try FileManager.default.moveItem(atPath: path, toPath: "\(path).away")
        try FileManager.default.copyItem(atPath: "\(path).away", toPath: path)
        try await expectRefusal(driver, "Another folder")
        await driver.shutdown()
    }

    @Test(arguments: ["all", ".sst", ".log", "MANIFEST", "CURRENT", "nestkv.mark"])
    func `its files deleted, one or all`(_ which: String) async throws {
        let first = try await open()
        await first.shutdown()
        let driver = try await open()
        // The logs are known from the second check on.
        try await Task.sleep(for: .milliseconds(1100))
        for name in try FileManager.default.contentsOfDirectory(atPath: path)
        where which == "all" || name.contains(which) {
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
        try await expectRefusal(driver, "deleted")
        await driver.shutdown()
    }

    @Test(.enabled(if: SmallDisk.isPossible))
    func `unmounted`() async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        #expect(mount("tmpfs", path, "tmpfs", 0, "size=64m") == 0)
        let driver = try await open()
        umount2(path, Int32(MNT_DETACH))
        try await expectRefusal(driver, "Another folder")
        await driver.shutdown()
    }
}
