import Dispatch
import DriverConformance
import NestKVStorage
import TestSupport
import Testing

@testable import RocksDBDriver

/// The behaviour of RocksDB's driver besides the promises of all drivers.
@Suite("A RocksDB store", .timeLimit(.minutes(1)))
struct StoreTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ change: (inout RocksDBSettings) -> Void = { _ in }) throws -> any Driver {
        var settings = RocksDBSettings(path: "\(folder.path)/store", options: .conformance)
        settings.isSynced = false
        change(&settings)
        return try RocksDBDriver(settings, logger: DriverOptions.conformance.logger)
    }

    private let key = Key(["test", "a", "b"].map(\.utf8))
    private let everything = Reach(ancestors: true, leavesBelow: 10, bytesBelow: 1000)

    @Test func `returns the same object for a frequently read leaf, also right after it was written`() async throws {
        let driver = try open()
        try await driver.put(["test", "a", "b"], "1")
        let first = try await driver.node(key, everything).leaf
        #expect(try await driver.node(key, everything).leaf === first)
        #expect(try await driver.node(key, .leaf).leaf === first)
        let receipt = try await driver.put(["test", "a", "b"], "2")
        #expect(try await driver.node(key, everything).leaf === receipt.records[0])
        try await driver.put(["test", "a", "b", "below"], "3")
        #expect(try await driver.node(key, .leaf).leaf === receipt.records[0])
        #expect(try await driver.node(key, everything).below.count == 1)
        await driver.shutdown()
    }

    @Test func `forgets the oldest tombstones with their history, and no others`() async throws {
        let driver = try open { $0.tombstonesKept = 16 }
        for index in 0..<64 {
            try await driver.put(["test", "\(index)"], "1")
            try await driver.remove(["test", "\(index)"])
            if index == 10 { try await driver.put(["test", "10"], "2") }
        }
        // Trimming continues after the commit that made it due.
        for _ in 0..<100 where try await driver.version(1, of: Self.key("40")) != nil {
            try await Task.sleep(for: .milliseconds(10))
        }
        for index in 0..<40 where index != 10 {
            #expect(try await driver.revisions(of: Self.key("\(index)"), limit: 9).isEmpty, "\(index)")
        }
        #expect(try await driver.revisions(of: Self.key("10"), limit: 9).map(\.version) == [3, 2, 1])
        for index in 50..<64 {
            #expect(try await driver.revisions(of: Self.key("\(index)"), limit: 9).map(\.version) == [2, 1])
        }
        await driver.shutdown()
        let again = try open { $0.tombstonesKept = 16 }
        let receipt = try await again.put(["test", "0"], "1")
        #expect(receipt.records[0].version == 1)
        #expect(try await again.put(["test", "63"], "1").records[0].version == 3)
        await again.shutdown()
    }

    @Test func `shows no more history than it is opened with`() async throws {
        let driver = try open()
        for index in 1...10 { try await driver.put(["test", "a", "b"], "\(index)") }
        await driver.shutdown()
        let again = try open { $0.historyDepth = 3 }
        #expect(try await again.revisions(of: key, limit: 100).map(\.version) == [10, 9, 8, 7])
        #expect(try await again.version(6, of: key) == nil)
        try await again.put(["test", "a", "b"], "11")
        #expect(try await again.revisions(of: key, limit: 100).map(\.version) == [11, 10, 9, 8])
        await again.shutdown()
    }

    @Test func `refuses everything after shutdown, which may be called again`() async throws {
        let driver = try open()
        try await driver.put(["test", "a", "b"], "1")
        await driver.shutdown()
        await driver.shutdown()
        let refused = await #expect(throws: DriverError.self) { try await driver.node(key, everything) }
        #expect(refused?.kind == .unavailable)
        let transaction = Transaction(expectations: [], changes: [], readAt: 0)
        let commit = await #expect(throws: DriverError.self) { try await driver.commit(transaction) }
        #expect(commit?.kind == .unavailable)
        try await driver.waitForChange(in: .store, after: 1000)
    }

    @Test func `refuses transactions beyond the most that may wait`() async throws {
        let queue = WriterQueue()
        let refused = await withTaskGroup(of: Bool.self) { group in
            let empty = Transaction(expectations: [], changes: [], readAt: 0)
            for _ in 0..<(WriterQueue.transactionsMax + 10) {
                group.addTask {
                    do throws(DriverError) {
                        _ = try await queue.submit(empty)
                        return false
                    } catch {
                        return error.kind == .unavailable
                    }
                }
            }
            // Ten are refused at once. The others are taken from the queue.
            var refused = 0
            while refused < 10, await group.next() == true { refused += 1 }
            let receipt = Receipt(records: [], revision: 0, durability: .memory)
            while true {
                let taken = queue.take(waitingAtMost: .milliseconds(0))
                if taken.requests.isEmpty { break }
                for request in taken.requests {
                    request.result = .success(receipt)
                    request.finish(nil)
                }
            }
            await group.waitForAll()
            return refused
        }
        #expect(refused == 10)
    }

    @Test func `a walk through the whole store begins and ends while a read goes on`() throws {
        let database = Database(path: "\(folder.path)/store")
        try database.open(creating: true)
        let isOver = DispatchSemaphore(value: 0)
        let outcome = database.read { _ in
            OwnThread.start("walk") {
                database.pin()
                database.unpin()
                isOver.signal()
            }
            return isOver.wait(timeout: .now() + .seconds(20))
        }
        #expect(outcome == .success)
        database.close()
    }

    @Test func `an abandoned writer leaves no thread and no lock behind`() async throws {
        for _ in 0..<3 {
            do {
                let driver = try open()
                try await driver.put(["test", "a", "b"], "1")
            }
            // No caller waits for an abandoned driver's writer, so its lock may exist a moment longer.
            var again: (any Driver)?
            for _ in 0..<200 where again == nil {
                again = try? open()
                if again == nil { try await Task.sleep(for: .milliseconds(10)) }
            }
            #expect(try await again?.node(key, .leaf).leaf != nil)
            await again?.shutdown()
        }
    }

    static func key(_ name: String) -> Key { Key(["test", name].map(\.utf8)) }
}
