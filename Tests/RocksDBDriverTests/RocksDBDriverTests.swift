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
            try await DriverFactory.rocksdb.withSubject(at: "rocksdb:\(folder.path)/store\(query)", options, body)
        }
    }
}
