import NestKVStorage
import Synchronization

/// A store in this process's memory: a trie of path segments. It is fast, and gone when the process ends.
///
/// One lock guards all of it. Readers hold it briefly, to collect references to immutable records. A commit of many
/// leaves holds it for longer: tasks that come meanwhile are suspended, so that they block no thread.
final class MemoryDriver: Driver {
    /// A commit of more leaves counts as long: it takes milliseconds.
    private static let longCommit = 1000

    let capabilities: DriverCapabilities
    private let tree: Mutex<MemoryTree>
    private let long = LongSections()
    private let signal = RevisionSignal(revision: 0)

    /// An empty store.
    init(historyDepth: Int, feedRetention: FeedRetention) {
        capabilities = DriverCapabilities(
            driver: "memory", durability: .memory, isShared: false, historyDepth: historyDepth,
            feedRetention: feedRetention)
        tree = Mutex(MemoryTree(historyDepth: historyDepth, feedRetention: feedRetention))
    }

    func node(_ key: Key, _ reach: Reach) async -> NodeRecords {
        if long.isOn { await long.wait() }
        return tree.withLock { $0.node(key, reach) }
    }

    func nodeAtOnce(_ key: Key, _ reach: Reach) -> NodeRecords? {
        long.isOn ? nil : tree.withLock { $0.node(key, reach) }
    }

    func unchanged(_ key: Key) -> Unchanged? {
        long.isOn ? nil : tree.withLock { $0.unchanged(key) }
    }

    func scan(_ key: Key, after: Key?, limit: Int) async -> Page {
        if long.isOn { await long.wait() }
        return tree.withLock { $0.scan(key, after: after, limit: limit) }
    }

    func names(below key: Key, after: [UInt8]?, limit: Int) async -> [[UInt8]] {
        if long.isOn { await long.wait() }
        return tree.withLock { $0.names(below: key, after: after, limit: limit) }
    }

    func commit(_ transaction: Transaction) async throws(DriverError) -> Receipt {
        let isLong = transaction.changes.count > Self.longCommit
        if isLong { long.begin() } else if long.isOn { await long.wait() }
        defer { if isLong { long.end() } }
        return try commitNow(transaction)
    }

    func commitAtOnce(_ transaction: Transaction) throws(DriverError) -> Receipt? {
        guard !long.isOn, transaction.changes.count <= Self.longCommit else { return nil }
        return try commitNow(transaction)
    }

    var commitsAtOnce: Bool { true }

    private func commitNow(_ transaction: Transaction) throws(DriverError) -> Receipt {
        let receipt = try tree.withLock { tree throws(DriverError) in try tree.commit(transaction) }
        signal.advance(to: receipt.revision)
        return receipt
    }

    func revisions(of key: Key, limit: Int) async -> [Record] {
        if long.isOn { await long.wait() }
        return tree.withLock { $0.revisions(of: key, limit: limit) }
    }

    func version(_ version: UInt64, of key: Key) async -> Record? {
        if long.isOn { await long.wait() }
        return tree.withLock { $0.version(version, of: key) }
    }

    func expired(by time: Timestamp, limit: Int) async -> [Record] {
        tree.withLock { $0.expired(by: time, limit: limit) }
    }

    func changes(in feed: Feed, after revision: Revision, limit: Int) async -> ChangePage {
        if long.isOn { await long.wait() }
        return tree.withLock { $0.changes(after: revision, limit: limit) }
    }

    func waitForChange(in feed: Feed, after revision: Revision) async {
        await signal.wait(after: revision)
    }

    func health() async -> DriverHealth {
        .good
    }

    func shutdown() async {
        signal.close()
    }
}

extension DriverFactory {
    /// `memory:`
    public static let memory = DriverFactory(
        scheme: "memory", form: "memory:", summary: "The memory of this process. Everything is lost when it ends."
    ) { (url, options) throws(DriverError) in
        _ = try url.parameters(known: [])
        guard url.rest.isEmpty else {
            throw DriverError(.address, "A memory store takes no path: write 'memory:', not '\(url)'.")
        }
        return MemoryDriver(historyDepth: options.historyDepth, feedRetention: options.feedRetention)
    }
}
