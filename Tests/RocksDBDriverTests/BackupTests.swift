import DriverConformance
import Foundation
import NestKVStorage
import Synchronization
import TestSupport
import Testing

@testable import RocksDBDriver

/// The work of the writers.
private final class Load: Sendable {
    let acknowledged = Mutex<[(revision: Revision, writer: Int, number: Int)]>([])
    let isOver = Atomic(false)
}

/// Backups of an open store. A restored backup must be a state that the store had.
@Suite("A backup of a RocksDB store", .timeLimit(.minutes(3)))
struct BackupTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ name: String = "store") throws -> RocksDBDriver {
        try RocksDBDriver(
            RocksDBSettings(path: "\(folder.path)/\(name)", options: .conformance),
            logger: DriverOptions.conformance.logger)
    }

    private var backups: String { "\(folder.path)/backups" }

    /// Eight writers each set two leaves to the same number in one commit, while backups are made. In a restored
    /// backup, both leaves of every pair have the same number, the one of the backup's revision, and no write is
    /// missing that was acknowledged before the backup began.
    @Test func `made under load holds exactly the state at its revision`() async throws {
        let driver = try open()
        let load = Load()
        let pairs = (0..<8).map { writer in ["a", "b"].map { Key(["test", "\(writer)", $0].map(\.utf8)) } }
        var made: [(backup: Backup, before: Revision)] = []
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (writer, keys) in pairs.enumerated() {
                group.addTask {
                    var last: [Record?] = [nil, nil]
                    var number = 0
                    while !load.isOver.load(ordering: .relaxed) {
                        let text = "\(number)"
                        let padding = String(repeating: "x", count: 500)
                        let changes = zip(keys, last).map { key, last in
                            Mutation.set(.test(key, "[\(text),\"\(padding)\"]"), replacing: last)
                        }
                        let receipt = try await driver.commit(
                            Transaction(expectations: [], changes: changes, readAt: last[1]?.revision ?? 0))
                        last = receipt.records
                        let done = (receipt.revision, writer, number)
                        load.acknowledged.withLock { $0.append(done) }
                        number += 1
                    }
                }
            }
            for _ in 0..<5 {
                try await Task.sleep(for: .milliseconds(200))
                let before = load.acknowledged.withLock { $0.map(\.revision).max() ?? 0 }
                made.append((try await driver.backUp(into: backups, keeping: nil), before))
            }
            load.isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        let writes = load.acknowledged.withLock { $0 }
        let last = writes.map(\.revision).max() ?? 0
        await driver.shutdown()
        #expect(made.map(\.backup.id) == ["000001", "000002", "000003", "000004", "000005"])
        for (backup, before) in made {
            #expect(backup.revision >= before && backup.revision < last, "writers didn't stop for it")
            let name = "restored-\(backup.id)"
            _ = try BackupRestore(from: backup.path, to: "\(folder.path)/\(name)").run(replacing: false)
            let restored = try open(name)
            let page = try await restored.changes(in: .store, after: 0, limit: .max)
            #expect(page.current == backup.revision && page.changes.last?.revision == backup.revision)
            #expect(page.changes.count == Int(backup.revision))
            for (writer, keys) in pairs.enumerated() {
                let expected = writes.filter { $0.writer == writer && $0.revision <= backup.revision }.map(\.number)
                    .max()
                for key in keys {
                    let leaf = try await restored.node(key, .leaf).leaf
                    #expect(
                        leaf.flatMap { Int($0.value.elements.map { String(decoding: $0, as: UTF8.self) }[0]) }
                            == expected)
                }
            }
            let next = try await restored.put(["test", "after"], "1")
            #expect(next.revision == backup.revision + 1)
            await restored.shutdown()
        }
    }

    @Test func `shares unchanged files with the one before, and any of them may be deleted`() async throws {
        let driver = try open()
        try await driver.fill(600, valueBytes: 4096)
        let first = try await driver.backUp(into: backups, keeping: nil)
        #expect(first.bytesWritten == first.bytes && first.bytes > 2_000_000)
        try await driver.put(["test", "one"], "1")
        let second = try await driver.backUp(into: backups, keeping: nil)
        #expect(second.bytes > 2_000_000 && second.bytesWritten < first.bytesWritten / 10, "\(second)")
        try await driver.put(["test", "two"], "2")
        let third = try await driver.backUp(into: backups, keeping: 1)
        #expect(third.bytesWritten < first.bytesWritten / 10)
        #expect(try await driver.backups(in: backups).map(\.id) == ["000003"])
        #expect(try await driver.backUp(into: backups, keeping: nil).id == "000004")
        await driver.shutdown()
        #expect(RocksDBBackups.list(backups, verifying: true).allSatisfy { (try? $0.backup.get()) != nil })
        let outcome = try BackupRestore(from: third.path, to: "\(folder.path)/again").run(replacing: false)
        #expect(outcome.identity != driver.identity && outcome.identity != third.store)
        let again = try open("again")
        #expect(again.identity == outcome.identity)
        #expect(try await again.scan(Key(["test".utf8]), after: nil, limit: .max).records.count == 602)
        await again.shutdown()
    }

    @Test(arguments: ["a changed byte", "cut", "gone"])
    func `is refused if any of its files was changed, cut or deleted`(_ what: String) async throws {
        let driver = try open()
        try await driver.fill(50, valueBytes: 256)
        let backup = try await driver.backUp(into: backups, keeping: nil)
        await driver.shutdown()
        let manager = FileManager.default
        let names = try manager.contentsOfDirectory(atPath: backup.path)
        #expect(names.count == backup.files + 1)
        for name in names {
            let (copy, file) = ("\(folder.path)/copy", "\(folder.path)/copy/\(name)")
            try manager.copyItem(atPath: backup.path, toPath: copy)
            var bytes = try contents(ofFile: file)
            switch what {
            // A log may be empty. Then it is made longer.
            case "a changed byte": if bytes.isEmpty { bytes = [1] } else { bytes[bytes.count / 2] ^= 1 }
            case "cut": if bytes.isEmpty { bytes = [1] } else { bytes.removeLast() }
            default: break
            }
            try manager.removeItem(atPath: file)
            if what != "gone" { try Data(bytes).write(to: URL(filePath: file)) }
            let target = "\(folder.path)/target"
            let error = #expect(throws: DriverError.self) {
                try BackupRestore(from: copy, to: target).run(replacing: false)
            }
            if name != BackupManifest.name || what != "gone" { #expect(error?.kind == .corrupt, "\(name)") }
            #expect(BackupFiles.names(target).isEmpty, "\(name)")
            let found = RocksDBBackups.list(copy, verifying: true)
            #expect(found.isEmpty, "a backup is no folder of backups")
            try manager.removeItem(atPath: copy)
            try? manager.removeItem(atPath: target)
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible), arguments: [3, 4])
    func `on a full disk leaves no partial backup that looks complete, and keeps earlier ones unchanged`(
        _ mebibytes: Int
    ) async throws {
        try await SmallDisk.with(mebibytes: mebibytes) { disk in
            let driver = try open()
            try await driver.fill(200, valueBytes: 4096)
            let first = try await driver.backUp(into: "\(disk)/backups", keeping: nil)
            try await driver.fill(300, valueBytes: 16384)
            for _ in 0..<2 {
                let error = await #expect(throws: DriverError.self) {
                    try await driver.backUp(into: "\(disk)/backups", keeping: nil)
                }
                #expect(
                    error?.kind == .full && error?.message.contains("\(disk)/backups") == true,
                    "\(String(describing: error))")
            }
            #expect(BackupFiles.names("\(disk)/backups") == [".lock", first.id])
            #expect(BackupFiles.names("\(folder.path)/store").allSatisfy { !$0.hasPrefix(".checkpoint") })
            try await driver.put(["test", "after"], "1")
            await driver.shutdown()
            _ = try BackupRestore(from: "\(disk)/backups", to: "\(folder.path)/target").run(replacing: false)
            let restored = try open("target")
            #expect(try await restored.scan(Key(["test".utf8]), after: nil, limit: .max).records.count == 200)
            await restored.shutdown()
        }
    }

    @Test func `is not made if the folder can't be written, or while another one is being made`() async throws {
        let driver = try open()
        try await driver.put(["test", "a"], "1")
        try FileManager.default.createDirectory(atPath: backups, withIntermediateDirectories: true)
        try await ReadOnlyMount.with(backups) {
            let error = await #expect(throws: DriverError.self) { try await driver.backUp(into: backups, keeping: nil) }
            #expect(
                error?.kind == .unavailable && error?.message.contains(backups) == true, "\(String(describing: error))")
        }
        let lost = await #expect(throws: DriverError.self) {
            try await driver.backUp(into: "/proc/nowhere/at/all", keeping: nil)
        }
        #expect(lost?.message.contains("No such file") == true)
        #expect(driver.isBackingUp.exchange(true, ordering: .relaxed) == false)
        let busy = await #expect(throws: DriverError.self) { try await driver.backUp(into: backups, keeping: nil) }
        #expect(busy?.kind == .busy)
        driver.isBackingUp.store(false, ordering: .relaxed)
        // The remains of a killed backup don't matter.
        for path in ["\(backups)/.unfinished-000001", "\(folder.path)/store/.checkpoint"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data([1, 2, 3]).write(to: URL(filePath: "\(path)/000001.sst"))
        }
        #expect(try await driver.backUp(into: backups, keeping: nil).id == "000001")
        #expect(BackupFiles.names(backups) == [".lock", "000001"])
        await driver.shutdown()
    }

    @Test func `is restored only into an empty folder, or the existing files are moved aside`() async throws {
        let driver = try open()
        try await driver.put(["test", "a"], "1")
        let backup = try await driver.backUp(into: backups, keeping: nil)
        try await driver.put(["test", "a"], "2")
        let store = "\(folder.path)/store"
        await driver.shutdown()
        let full = #expect(throws: DriverError.self) {
            try BackupRestore(from: backups, to: store).run(replacing: false)
        }
        #expect(full?.message.contains("--replace") == true)
        let outcome = try BackupRestore(from: backups, to: store).run(replacing: true)
        let moved = try #require(outcome.replaced)
        for (path, value) in [(store, "1"), (moved, "2")] {
            let settings = RocksDBSettings(path: path, options: .conformance)
            let again = try RocksDBDriver(settings, logger: DriverOptions.conformance.logger)
            #expect(try await again.node(Key(["test", "a"].map(\.utf8)), .leaf).leaf?.value.description == value)
            await again.shutdown()
        }
        #expect(backup.revision == 1)
        #expect(throws: DriverError.self) {
            try BackupRestore(from: store, to: "\(folder.path)/new").run(replacing: false)
        }
        let other = "\(folder.path)/other"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        try Data([1]).write(to: URL(filePath: "\(other)/photo"))
        for isReplacing in [false, true] {
            #expect(throws: DriverError.self) {
                try BackupRestore(from: backups, to: other).run(replacing: isReplacing)
            }
        }
        #expect(BackupFiles.names(other) == ["photo"])
    }
}
