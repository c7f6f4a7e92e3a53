import DriverConformance
import Foundation
import NestKVStorage
import TestSupport

@testable import RocksDBDriver

/// The files of a killed store: copied while it was open and idle.
struct KilledStore {
    /// The leaves that were acknowledged, with their values.
    let leaves: [String: String]
    /// The store's revision, and the name of its feed.
    let revision: Revision
    let identity: String
    let folder: TemporaryFolder
    /// The same files some writes earlier.
    let older: String
    var path: String { "\(folder.path)/store" }

    var settings: RocksDBSettings {
        var settings = RocksDBSettings(path: path, options: .conformance)
        settings.writeBufferBytes = Self.writeBufferBytes
        return settings
    }

    /// Small, so that there are several tables and logs.
    private static let writeBufferBytes = 192 << 10

    private static let making = Task { try await make() }

    /// The store that all tests copy and damage.
    static func sample() async throws -> KilledStore { try await making.value }

    private static func make() async throws -> KilledStore {
        let folder = try TemporaryFolder()
        let open = "\(folder.path)/open"
        var settings = RocksDBSettings(path: open, options: .conformance)
        settings.writeBufferBytes = writeBufferBytes
        let driver = try RocksDBDriver(settings, logger: DriverOptions.conformance.logger)
        var leaves: [String: String] = [:]
        let random = SeededText()
        for index in 0..<600 {
            let name = "leaf\(index % 400)"
            let value = "\"\(random.next(800))\""
            try await driver.put(["test", name], value)
            leaves[name] = value
            if index % 7 == 0 {
                let gone = "gone\(index)"
                try await driver.put(["test", gone], "1")
                try await driver.remove(["test", gone])
            }
            if index == 450 { try await copyIdle(open, to: "\(folder.path)/older") }
        }
        try await copyIdle(open, to: "\(folder.path)/store")
        let page = try await driver.changes(in: .store, after: 0, limit: 1)
        await driver.shutdown()
        return KilledStore(
            leaves: leaves, revision: page.current, identity: page.identity, folder: folder,
            older: "\(folder.path)/older")
    }

    /// Copies a folder once nothing has changed in it for a while, and waits until the watch has seen that.
    private static func copyIdle(_ from: String, to: String) async throws {
        func look() throws -> [String: UInt64] {
            var sizes: [String: UInt64] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: from) {
                sizes[name] = try FileManager.default.attributesOfItem(atPath: "\(from)/\(name)")[.size] as? UInt64
            }
            return sizes
        }
        var last: [String: UInt64] = [:]
        while true {
            try await Task.sleep(for: .milliseconds(1200))
            let now = try look()
            if now == last { break }
            last = now
        }
        try FileManager.default.copyItem(atPath: from, toPath: to)
    }

    /// A new copy.
    func copy() throws -> KilledStore {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: path, toPath: "\(folder.path)/store")
        return KilledStore(leaves: leaves, revision: revision, identity: identity, folder: folder, older: older)
    }

    /// The name of the file of a kind.
    func name(_ kind: DamageSuite.Kind) throws -> String? {
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        func size(_ name: String) -> UInt64 {
            (try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.size] as? UInt64) ?? 0
        }
        let logs = names.filter { $0.hasSuffix(".log") }
        let tables = names.filter { $0.hasSuffix(".sst") }
        switch kind {
        case .currentLog: return logs.last { size($0) > 0 }
        case .olderLog: return logs.count > 1 ? logs.first : nil
        case .manifest: return names.last { $0.hasPrefix("MANIFEST-") }
        case .current: return "CURRENT"
        case .largestTable: return tables.max { size($0) < size($1) }
        case .smallestTable: return tables.min { size($0) < size($1) }
        case .options: return names.last { $0.hasPrefix("OPTIONS-") }
        case .identity: return "IDENTITY"
        case .mark: return MarkFile.name
        }
    }

    /// Damages the file of a kind. Returns its name, or nil if there is no such damage.
    func damage(_ kind: DamageSuite.Kind, _ damage: DamageSuite.Damage) throws -> String? {
        guard let name = try name(kind) else { return nil }
        let url = URL(filePath: "\(path)/\(name)")
        var data = try Data(contentsOf: url)
        switch damage {
        case .changedByte(let place):
            guard !data.isEmpty else { return nil }
            let count = DamageSuite.Damage.places
            // Spread over the file, including the last byte.
            data[min(data.count - 1, (place * (data.count - 1) + count / 2) / max(1, count - 1))] ^= 0x41
            try data.write(to: url)
        case .cut(let quarter): try data.prefix(data.count * quarter / 4).write(to: url)
        case .emptied: try Data().write(to: url)
        case .deleted: try FileManager.default.removeItem(at: url)
        case .older:
            guard let old = try? Data(contentsOf: URL(filePath: "\(older)/\(name)")), old != data else { return nil }
            try old.write(to: url)
        }
        return name
    }

    /// All files except for RocksDB's own log of messages.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where !name.hasPrefix("LOG") {
            contents[name] = try Data(contentsOf: URL(filePath: "\(path)/\(name)"))
        }
        return contents
    }

    /// The leaves that differ from what was acknowledged.
    func missing(in driver: any Driver) async throws -> [String] {
        var missing: [String] = []
        for (name, value) in leaves {
            let leaf = try? await driver.node(Key(["test", name].map(\.utf8)), .leaf).leaf
            if leaf?.value.description != value { missing.append(name) }
        }
        let count = try? await driver.scan(Key(["test".utf8]), after: nil, limit: 10_000).records.count
        if let count, count > leaves.count { missing.append("\(count - leaves.count) deleted ones came back") }
        return missing
    }
}

/// Text that doesn't compress, the same in each run.
final class SeededText {
    private var random = SeededGenerator(seed: 28)

    func next(_ count: Int) -> String {
        (0..<count).map { _ in String(random.below(36), radix: 36) }.joined()
    }
}
