import DriverConformance
import NestKVStorage
import RocksDBDriver
import TestSupport
import Testing

@Suite("The RocksDB driver", .timeLimit(.minutes(1)))
struct RocksDBDriverTests {
    @Test(arguments: Promise.all)
    func `keeps its promises`(_ promise: Promise) async throws {
        try await promise.check(with: Harness.rocksdb())
    }

    @Test(arguments: Promise.withoutCache)
    func `keeps its promises without waiting for the disk and without a cache`(_ promise: Promise) async throws {
        try await promise.check(with: Harness.rocksdb(query: "?sync=off&cache=0"))
    }
}

extension Harness {
    /// A store in a folder of its own.
    static func rocksdb(query: String = "") -> Harness {
        Harness { options, body in
            let folder = try TemporaryFolder()
            let url = try StoreURL("rocksdb:\(folder.path)/store\(query)")
            let driver = try await DriverFactory.rocksdb.open(url, options)
            let subject = Subject(driver: driver) {
                await driver.shutdown()
                return try await DriverFactory.rocksdb.open(url, options)
            }
            do {
                try await body(subject)
            } catch {
                // A store that broke its promise is also closed before its folder is deleted.
                await driver.shutdown()
                throw error
            }
            await driver.shutdown()
        }
    }
}
