import CRocksDB
import DriverConformance
import Foundation
import NestKVStorage
import RocksDBDriver
import TestSupport
import Testing

/// The errors at start if the store can't be opened.
@Suite("Opening a RocksDB store", .timeLimit(.minutes(1)))
struct OpeningTests {
    private let folder: TemporaryFolder
    private var path: String { "\(folder.path)/store" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ path: String? = nil, query: String = "") async throws -> any Driver {
        try await DriverFactory.rocksdb.open(StoreURL("rocksdb:\(path ?? self.path)\(query)"), .conformance)
    }

    /// A store with 200 leaves in files, closed.
    private func makeStore() async throws {
        let driver = try await open()
        try await driver.fill(200, valueBytes: 2000)
        await driver.shutdown()
    }

    private func files(_ suffix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).filter {
            $0.hasSuffix(suffix) || $0.hasPrefix(suffix)
        }
        .map { "\(path)/\($0)" }
    }

    /// Expects a refusal that names the path and says what to do.
    private func expectRefusal(
        _ kind: DriverError.Kind, _ words: String, path: String? = nil, query: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let error = await #expect(throws: DriverError.self, sourceLocation: sourceLocation) {
            try await open(path, query: query).shutdown()
        }
        guard let error else { return }
        #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
        #expect(error.message.contains(words), "\(error)", sourceLocation: sourceLocation)
        if kind != .address {
            #expect(error.message.contains(path ?? self.path), "\(error)", sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: ["?sync=maybe", "?cache=much", "?cache=-1", "?cache=99999999GiB", "?wal=off", "?sync=on&sync=off"])
    func `refuses parameters that it doesn't know`(_ query: String) async {
        await expectRefusal(.address, "parameter", query: query)
    }

    @Test func `refuses a URL without a path`() async {
        await expectRefusal(.address, "folder", path: "")
    }

    @Test func `refuses a store that is open already`() async throws {
        let driver = try await open()
        await expectRefusal(.configuration, "open in another process")
        await driver.shutdown()
        try await open().shutdown()
    }

    @Test func `refuses a path that is a file`() async throws {
        try Data("hello".utf8).write(to: URL(filePath: path))
        await expectRefusal(.configuration, "is a file")
        await expectRefusal(.configuration, "can't be used", path: "\(path)/below")
    }

    @Test func `refuses a folder below a missing one`() async {
        await expectRefusal(.configuration, "make the folder above it", path: "\(path)/a/b")
    }

    @Test func `refuses a folder with other files, and changes none of them`() async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: URL(filePath: "\(path)/letter.txt"))
        await expectRefusal(.configuration, "letter.txt")
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["letter.txt"])
    }

    @Test func `takes an empty folder, and one with only a folder of the file system`() async throws {
        try FileManager.default.createDirectory(atPath: "\(path)/lost+found", withIntermediateDirectories: true)
        try await open().shutdown()
    }

    @Test func `refuses a folder that can't be written`() async throws {
        try await makeStore()
        // Root can write everywhere except on a file system that is mounted read-only.
        try await ReadOnlyMount.with(path) { await expectRefusal(.configuration, "can't be written") }
    }

    @Test(arguments: [["users"], []])
    func `refuses a RocksDB of another program, and changes nothing in it`(_ families: [String]) async throws {
        try ForeignDatabase.make(path, families: families)
        await expectRefusal(.configuration, "another program")
        #expect(try ForeignDatabase.families(path) == ["default"] + families)
    }

    @Test func `refuses a format that it doesn't know`() async throws {
        try await makeStore()
        try ForeignDatabase.put(path, "format", [2, 0, 0, 0])
        await expectRefusal(.configuration, "has format 2; this nestkv reads format 1")
    }

    @Test(arguments: ["CURRENT", "MANIFEST", "missing CURRENT", "missing SST", "cut SST"])
    func `distinguishes damage from all other errors`(_ what: String) async throws {
        try await makeStore()
        switch what {
        case "CURRENT": try Data("nonsense\n".utf8).write(to: URL(filePath: "\(path)/CURRENT"))
        case "MANIFEST":
            for file in try files("MANIFEST") { try Data(count: 500).write(to: URL(filePath: file)) }
        case "missing CURRENT": try FileManager.default.removeItem(atPath: "\(path)/CURRENT")
        case "missing SST": for file in try files(".sst") { try FileManager.default.removeItem(atPath: file) }
        default: for file in try files(".sst") { try Data(count: 100).write(to: URL(filePath: file)) }
        }
        await expectRefusal(.corrupt, "Restore a backup, or run 'nestkv repair-store")
    }

    @Test func `a damaged block is reported with the key that can't be read, and the rest is read`() async throws {
        try await makeStore()
        let largest = try files(".sst").max { try fileSize($0) < fileSize($1) }
        for file in try files(".sst") where try fileSize(file) > 10_000 {
            // The first data block of each large file is changed. The size stays.
            let handle = try FileHandle(forUpdating: URL(filePath: file))
            try handle.seek(toOffset: 100)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 64))
            try handle.close()
        }
        #expect(largest != nil)
        let driver = try await open()
        let first = Key(["test", "fill", "0000"].map(\.utf8))
        for reach in [Reach.leaf, Reach(ancestors: true, leavesBelow: 10, bytesBelow: 1000)] {
            let error = await #expect(throws: DriverError.self) { try await driver.node(first, reach) }
            #expect(error?.kind == .corrupt)
            #expect(error?.message.contains("\(first)") == true, "\(error?.description ?? "")")
        }
        let last = Key(["test", "fill", "0199"].map(\.utf8))
        #expect(try await driver.node(last, .leaf).leaf != nil)
        #expect(await driver.health().canWrite)
        await driver.shutdown()
    }

    private func fileSize(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
}
