import DriverConformance
import Foundation
import NestKVStorage
import TestSupport
import Testing

@testable import RocksDBDriver

/// The files of a killed store with acknowledged writes are damaged, one by one, in every way.
///
/// Came back: it was *ready* with fewer leaves than it had acknowledged as `fsynced`, after one changed byte in the
/// log, a cut manifest, or a deleted log file. Should: it refuses to start and says what is damaged and what to do; or
/// it is not ready and says so; or everything is there.
@Suite("Damage to the files of a RocksDB store", .timeLimit(.minutes(5)))
struct DamageSuite {
    /// The kinds of files in a store.
    enum Kind: String, CaseIterable, Sendable {
        case currentLog, olderLog, manifest, current, largestTable, smallestTable, options, identity, mark
    }

    /// A damage to a file.
    enum Damage: Equatable, Sendable, CustomTestStringConvertible {
        case changedByte(Int)
        case cut(Int)
        case deleted
        case older
        case emptied

        var testDescription: String { "\(self)" }

        static var all: [Damage] {
            (0..<places).map { .changedByte($0) } + (1...3).map { .cut($0) } + [.deleted, .older, .emptied]
        }

        /// How many places of a file are changed: NESTKV_DAMAGE_PLACES, or a few.
        static let places = ProcessInfo.processInfo.environment["NESTKV_DAMAGE_PLACES"].flatMap { Int($0) } ?? 20
    }

    @Test(arguments: Kind.allCases)
    func `is refused, reported, or harmless`(_ kind: Kind) async throws {
        let sample = try await KilledStore.sample()
        for damage in Damage.all {
            let copy = try sample.copy()
            guard let file = try copy.damage(kind, damage) else { continue }
            let before = try copy.contents()
            let name = "\(damage) in \(file)"
            do {
                let driver = try RocksDBDriver(copy.settings, logger: DriverOptions.conformance.logger)
                try await Self.settle(driver)
                let health = await driver.health()
                let missing = try await copy.missing(in: driver)
                #expect(
                    missing.isEmpty || !health.isReady,
                    "\(name): ready with \(missing.count) of \(copy.leaves.count) leaves missing")
                if !health.isReady { #expect(health.problem?.contains("damaged") == true, "\(name): \(health)") }
                await driver.shutdown()
            } catch let error as DriverError {
                #expect(error.kind == .corrupt, "\(name): \(error)")
                #expect(error.message.contains("repair-store") && error.message.contains(copy.path), "\(error)")
                let after = try copy.contents()
                for (file, bytes) in before { #expect(after[file] == bytes, "\(name): refusing changed \(file)") }
            }
        }
    }

    @Test func `without any damage a killed store opens with everything in it`() async throws {
        let sample = try await KilledStore.sample()
        let copy = try sample.copy()
        let driver = try RocksDBDriver(copy.settings, logger: DriverOptions.conformance.logger)
        try await Self.settle(driver)
        #expect(await driver.health().isReady)
        #expect(try await copy.missing(in: driver).isEmpty)
        await driver.shutdown()
    }

    @Test func `a torn record after the acknowledged ones is dropped silently`() async throws {
        let copy = try await KilledStore.sample().copy()
        let log = "\(copy.path)/\(try copy.name(.currentLog)!)"
        let handle = try FileHandle(forWritingTo: URL(filePath: log))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((0..<40).map { _ in UInt8.random(in: 1...255) }))
        try handle.close()
        let driver = try RocksDBDriver(copy.settings, logger: DriverOptions.conformance.logger)
        try await Self.settle(driver)
        #expect(await driver.health().isReady)
        #expect(try await copy.missing(in: driver).isEmpty)
        await driver.shutdown()
    }

    /// Waits until the whole store was read once.
    static func settle(_ driver: RocksDBDriver) async throws {
        for _ in 0..<1000 where !driver.isVerified { try await Task.sleep(for: .milliseconds(5)) }
        #expect(driver.isVerified)
    }
}
