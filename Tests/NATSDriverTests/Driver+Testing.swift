import DriverConformance
import Logging
import MicroJSON
import NATSDriver
import NestKVStorage
import Synchronization
import TestSupport
import Testing

extension DriverOptions {
    /// Options for a test.
    static func testing(timeout: Duration = .seconds(2)) -> DriverOptions {
        var logger = Logger(label: "nestkv.test")
        logger.logLevel = .critical
        return DriverOptions(timeout: timeout, logger: logger)
    }
}

/// Opens a NATS store for a test and closes it afterwards.
func withNATS<Result>(
    _ server: NATSServer, query: String = "", timeout: Duration = .seconds(2),
    _ body: (any Driver) async throws -> Result
) async throws -> Result {
    try await DriverFactory.nats.withDriver(at: server.address + query, .testing(timeout: timeout), body)
}

/// Opens a store by its address.
func open(_ address: String) async throws -> any Driver {
    try await DriverFactory.nats.open(StoreURL(address), .testing())
}

/// Expects that a store can't be opened, and that the error contains these words.
func expectRefusal(
    _ address: String, _ words: String, at place: SourceLocation = #_sourceLocation
) async throws {
    let error = await #expect(throws: DriverError.self, sourceLocation: place) { _ = try await open(address) }
    #expect(error?.kind == .configuration, sourceLocation: place)
    let message = error?.description ?? ""
    #expect(message.contains(words), "\(message)", sourceLocation: place)
}

/// All changes after a revision, up to the change of a leaf. After an error it tries again.
func follow(_ driver: any Driver, after start: Revision, until path: String) async throws -> [Change] {
    var seen: [Change] = []
    let feed = Feed(entryPoint: key(path).segments.first.map(Array.init))
    while true {
        let cursor = seen.last?.revision ?? start
        do {
            let page = try await driver.changes(in: feed, after: cursor, limit: 100)
            guard page.oldest <= cursor else { throw TestFailure("a gap from \(cursor) to \(page.oldest)") }
            seen += page.changes
            if page.changes.contains(where: { $0.record.key == key(path) }) { return seen }
            if page.changes.isEmpty { try await driver.waitForChange(in: feed, after: cursor) }
        } catch let error as DriverError where error.kind == .unavailable {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// A flag that can be set once.
final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

/// A key from its path: `ep1/main/sup1`.
func key(_ path: String) -> Key {
    Key(path.split(separator: "/").map { Array($0.utf8) })
}

extension Driver {
    /// Sets a leaf, or with nil deletes it, whatever it holds. Repeats the write while other writers come first.
    @discardableResult
    func write(_ path: String, _ change: (Record?) -> String?) async throws -> Record {
        for attempt in 1... {
            let node = try await node(key(path), .leaf)
            let value = change(node.leaf).map { JSONText(trusted: Array($0.utf8)) }
            let draft = Draft(
                key: key(path), value: value, dataHash: CanonicalHashing().hash(of: value ?? .null), time: .now)
            let mutation =
                value == nil ? Mutation.delete(draft, replacing: node.leaf!) : .set(draft, replacing: node.leaf)
            do {
                return try await commit(
                    Transaction(expectations: [], changes: [mutation], readAt: node.revision)
                ).records[0]
            } catch {
                guard error.kind == .conflict else { throw error }
                try await Task.sleep(for: .microseconds(Int.random(in: 0...200) << min(attempt, 8)))
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// The text of a leaf.
    func value(_ path: String) async throws -> String? {
        try await node(key(path), .leaf).leaf?.value.description
    }

    /// The whole feed of an entry point from a revision on.
    func allChanges(_ entryPoint: String, after: Revision = 0) async throws -> [Change] {
        var found: [Change] = []
        while true {
            let cursor = found.last?.revision ?? after
            let page = try await changes(in: Feed(entryPoint: Array(entryPoint.utf8)), after: cursor, limit: 500)
            guard page.oldest <= cursor else { throw TestFailure("the feed has a gap up to \(page.oldest)") }
            if page.changes.isEmpty { return found }
            found += page.changes
        }
    }
}

/// Commits two new leaves of a bucket at once.
func writeTwo(in bucket: String, on driver: any Driver) async throws {
    let changes = ["a", "b"].map { name in
        Mutation.set(
            Draft(
                key: key("\(bucket)/x/\(name)"), value: .true, dataHash: CanonicalHashing().hash(of: .true),
                time: .now), replacing: nil)
    }
    _ = try await driver.commit(Transaction(expectations: [], changes: changes, readAt: 0))
}
