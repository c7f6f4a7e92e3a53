import Logging
import MemoryDriver
import MicroJSON
import NestKVCore
import NestKVStorage
import Synchronization
import Testing

/// Reading and following the change feed.
@Suite(.timeLimit(.minutes(1)))
struct FollowingTests {
    @Test func `a reader returns every change once, page by page, and then the end`() async throws {
        let store = try await memoryStore()
        let start = try await store.end(of: .store)
        for count in 0..<10 { try await put(count, in: store) }
        var reader = FeedReader(store, .store, after: start)
        var revisions: [Revision] = []
        while case .changes(let page) = try await reader.next(limit: 3) { revisions += page.changes.map(\.revision) }
        #expect(revisions == (1...10).map { start.revision + $0 })
        #expect(try await reader.position == store.end(of: .store))
    }

    @Test func `a reader finds a reset when changes are no longer retained, and in another feed`() async throws {
        let store = try await memoryStore(retaining: 5)
        let start = try await store.end(of: .store)
        for count in 0..<20 { try await put(count, in: store) }
        let end = try await store.end(of: .store)
        for place in [start, FeedPosition(revision: end.revision, identity: "other"), end.at(end.revision + 1)] {
            var reader = FeedReader(store, .store, after: place)
            guard case .reset(let page) = try await reader.next(limit: 3) else {
                Issue.record("no reset after \(place)")
                continue
            }
            #expect(page.end == end && reader.position == place)
        }
    }

    @Test func `a follower goes on when its store is back`() async throws {
        let store = try await memoryStore()
        let feed = UnreliableFeed(base: store)
        let sink = Sink()
        let following = Task { await Follower("a test", of: .store, in: feed, sink, logger: quiet).run() }
        try await until { sink.resets == 1 }
        try await put(1, in: store)
        try await until { sink.values == ["1"] }
        feed.isAway.store(true, ordering: .relaxed)
        for count in 2...9 { try await put(count, in: store) }
        feed.isAway.store(false, ordering: .relaxed)
        try await until { sink.values.count == 9 }
        #expect(sink.values == (1...9).map { "\($0)" } && sink.resets == 1)
        following.cancel()
        await following.value
    }

    @Test func `a follower resumes at its stored position, and a page that failed is taken again`() async throws {
        let store = try await memoryStore()
        let place = StoredPlace(of: "test", in: store)
        let sink = Sink()
        for round in 0..<3 {
            let follower = Follower("a test", of: .store, in: store, sink, place: place, logger: quiet)
            if round == 1 { sink.failures.store(2, ordering: .relaxed) }
            let following = Task { await follower.run() }
            try await until { sink.resets == 1 }
            for count in 0..<5 { try await put(round * 10 + count, in: store) }
            try await until { Set(sink.values).count >= (round + 1) * 10 - 5 }
            following.cancel()
            await following.value
            // These are written while nothing follows.
            for count in 5..<10 { try await put(round * 10 + count, in: store) }
        }
        #expect(sink.resets == 1)
        #expect(Set(sink.values) == Set((0..<25).map { "\($0)" }))
        #expect(try await place.load()?.revision ?? 0 > 0)
    }

    @Test func `a store hands its own commits to a catalog at once, and a follower those of others`() async throws {
        let options = DriverOptions(logger: quiet)
        let driver = try await DriverFactory.memory.open(StoreURL("memory:"), options)
        let (own, other) = (EntryPointCatalog(), EntryPointCatalog())
        let store = KeyValueStore(
            driver: driver, keys: PathKeyService(), metadata: StandardMetadata(hashing: CanonicalHashing()),
            locks: PathLocks(), rules: [], catalogs: [own])
        let followers = Follower.keeping([other], in: store, scope: .store, logger: quiet)
        let following = Task { await followers[0].run() }
        let key = EntryPointCatalog.key(of: Array("ep".utf8))
        let leaf = Key(["ep", "a"].map { Array($0.utf8) })
        for depth in 1...3 {
            _ = try await store.write(Put(JSONText(parsing: #"{"history":\#(depth)}"#)), at: key)
            #expect(own.settings(for: leaf)?.historyDepth == depth)
            try await until { other.settings(for: leaf)?.historyDepth == depth }
        }
        // It is too far behind to read every change.
        _ = try await store.write(Put(JSONText(parsing: #"{"history":9}"#)), at: key)
        for count in 0..<200 { try await put(count, in: store) }
        try await until { other.settings(for: leaf)?.historyDepth == 9 }
        _ = try await store.write(Delete(), at: key)
        #expect(own.settings(for: leaf) == nil)
        try await until { other.settings(for: leaf) == nil }
        following.cancel()
        await following.value
    }
}

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

private func memoryStore(retaining count: Int = 1000) async throws -> KeyValueStore {
    let options = DriverOptions(
        feedRetention: FeedRetention(count: count, bytes: .max, age: .seconds(3600)), logger: quiet)
    return KeyValueStore(
        driver: try await DriverFactory.memory.open(StoreURL("memory:"), options), keys: PathKeyService(),
        metadata: StandardMetadata(hashing: CanonicalHashing()), locks: PathLocks(), rules: [])
}

private func put(_ value: Int, in store: KeyValueStore) async throws {
    _ = try await store.write(Put(.integer(value)), at: Key(["other", "a"].map { Array($0.utf8) }))
}

/// Waits until a condition holds; the suite's time limit ends it otherwise.
private func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(2)) }
}

/// Keeps what it takes.
private final class Sink: FeedSink {
    /// How often to fail before it takes changes.
    let failures = Atomic(0)
    private let state = Mutex((values: [String](), resets: 0))
    var values: [String] { state.withLock { $0.values } }
    var resets: Int { state.withLock { $0.resets } }

    func reset(at position: FeedPosition) {
        state.withLock { $0.resets += 1 }
    }

    func take(_ changes: [Change]) throws(StoreError) {
        if failures.load(ordering: .relaxed) > 0 {
            failures.subtract(1, ordering: .relaxed)
            throw StoreError(.unavailable, "The sink is away.")
        }
        state.withLock { $0.values += changes.map { String(decoding: $0.record.value.utf8, as: UTF8.self) } }
    }
}

/// A feed that can't be read at times.
private final class UnreliableFeed: ChangeFeed {
    let base: any ChangeFeed
    let isAway = Atomic(false)

    init(base: any ChangeFeed) { self.base = base }

    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws(StoreError) -> ChangePage {
        if isAway.load(ordering: .relaxed) { throw StoreError(.unavailable, "The store is away.") }
        return try await base.changes(in: feed, after: revision, limit: limit)
    }

    func waitForChange(in feed: Feed, after revision: Revision) async throws(StoreError) {
        try await base.waitForChange(in: feed, after: revision)
    }
}
