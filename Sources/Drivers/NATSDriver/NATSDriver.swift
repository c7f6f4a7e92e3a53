import Logging
import NestKVCore
import Synchronization

/// A store in the KV buckets of NATS JetStream: an entry point is a bucket, a leaf a key, the feed the bucket's stream.
///
/// Values are plain JSON and metadata stands in headers, so every KV client reads and writes the same. A revision is a
/// message's number in its stream, so each entry point counts on its own.
final class NATSDriver: Driver {
    let capabilities: DriverCapabilities
    private let settings: NATSSettings
    private let server: JetStream
    private let table: BucketTable
    private let followers: BucketFollowers
    private let expiryNames = KnownEntryPoints()

    /// Connects to the servers.
    init(_ settings: NATSSettings, logger: Logger) async throws {
        try settings.connection.checkFiles()
        let connection = try await Connection.open(settings.connection, logger: logger)
        do {
            server = try await JetStream(connection, logger: logger)
        } catch {
            connection.close()
            throw error
        }
        self.settings = settings
        table = BucketTable(server: server, settings: settings)
        followers = BucketFollowers(table: table)
        capabilities = settings.capabilities(on: server)
        if !server.hasAtomicBatch {
            logger.notice(
                "this NATS server is older than 2.12: one request changes one leaf; what needs more is answered by 501")
        }
    }

    func node(_ key: Key, _ reach: Reach) async throws -> NodeRecords {
        try await withBucket(of: key, absent: NodeRecords.nothing) { bucket, _ throws(DriverError) in
            if let known = try await bucket.known(key, reach) { return known }
            let marks = bucket.table.marks(of: key)
            let reading = try await bucket.read(key, ancestors: reach.ancestors, below: reach.leavesBelow > 0)
            // What stands below is shown also when the path's own key can't be.
            if let stored = reading.latest, !stored.isReadable, reading.below.isEmpty { throw bucket.notJSON(key) }
            if reading.latest?.operation != .set {
                bucket.noteAbsence(reading.latest, of: key, at: reading.revision)
            }
            var records = NodeRecords(
                latest: reading.latest?.record, ancestors: reading.ancestors.map(\.record), below: [],
                isTruncated: false, revision: reading.revision)
            records.take(reading.below.map(\.record), reach)
            bucket.keep(&records, of: reading, key, marks, reach)
            return records
        }
    }

    func scan(_ key: Key, after: Key?, limit: Int) async throws -> Page {
        guard limit > 0 else { return Page(records: [], hasMore: false) }
        if key == .root { return try await scanAll(after: after, limit: limit) }
        let none = Page(records: [], hasMore: false)
        return try await withBucket(of: key, absent: none) { bucket, _ throws(DriverError) in
            let reading = try await bucket.read(key, ancestors: false, below: true)
            let all = [reading.latest].compactMap { $0?.operation == .set ? $0 : nil } + reading.below
            let rest = all.lazy.map(\.record).filter { after == nil || $0.key > after! }
            let page = Array(rest.prefix(limit + 1))
            return Page(records: Array(page.prefix(limit)), hasMore: page.count > limit)
        }
    }

    private func scanAll(after: Key?, limit: Int) async throws -> Page {
        var page = Page(records: [], hasMore: false)
        for name in try await entryPoints() {
            let key = Key([name])
            if let after, key < after, !key.isAncestor(of: after) { continue }
            let part = try await scan(key, after: after, limit: limit + 1 - page.records.count)
            page.records += part.records
            guard page.records.count <= limit else { break }
        }
        page.hasMore = page.records.count > limit
        page.records = Array(page.records.prefix(limit))
        return page
    }

    func names(below key: Key, after: [UInt8]?, limit: Int) async throws -> [[UInt8]] {
        let all: [[UInt8]]
        if key == .root {
            all = try await entryPoints()
        } else {
            all = try await withBucket(of: key, absent: []) { bucket, _ throws(DriverError) in
                let filter = bucket.filter(below: key)
                var rows = try await bucket.last(matching: filter, hasValues: false).rows
                // What other programs wrote is a leaf only when it is JSON.
                if rows.contains(where: { $0.stored?.isReadable == false }) {
                    rows = try await bucket.last(matching: filter).rows
                }
                var latest: [Key: StoredRecord] = [:]
                for case (let stored?, _) in rows where key.isAncestor(of: stored.key) { latest[stored.key] = stored }
                let live = latest.values.lazy.filter { $0.operation == .set }
                return Set(live.map { Array($0.key.segments(below: key)[0]) })
                    .sorted { $0.lexicographicallyPrecedes($1) }
            }
        }
        let rest = all.lazy.filter { name in after.map { $0.lexicographicallyPrecedes(name) } ?? true }
        return Array(rest.prefix(max(limit, 0)))
    }

    /// The entry points that can be used: another program's stream that can't be must not keep anybody from the rest.
    private func entryPoints() async throws(DriverError) -> [[UInt8]] {
        var usable: [[UInt8]] = []
        for name in try await server.entryPoints() {
            do throws(DriverError) {
                if try await table.find(name) != nil { usable.append(name) }
            } catch {
                if error.kind != .unsupported { throw error }
            }
        }
        return usable
    }

    func revisions(of key: Key, limit: Int) async throws -> [Record] {
        try await withBucket(of: key, absent: []) { bucket, _ throws(DriverError) in
            // What was no JSON before there was a leaf was nothing.
            let history = try await bucket.history(of: key).drop { !$0.isReadable }
            return Array(history.reversed().map(\.record).prefix(max(limit, 0)))
        }
    }

    func version(_ version: UInt64, of key: Key) async throws -> Record? {
        try await revisions(of: key, limit: .max).first { $0.version == version }
    }

    func commit(_ transaction: Transaction) async throws -> Receipt {
        try await NATSCommit(transaction, table: table, server: server, settings: settings).run()
    }

    func expired(by time: Timestamp, limit: Int) async throws -> [Record] {
        var found: [Record] = []
        var failure: DriverError?
        for name in try await expiryNames.all(from: server, and: table.all) {
            do throws(DriverError) {
                guard found.count < limit, let entry = try await table.find(name) else { continue }
                found += try await checked(entry) { () throws(DriverError) in
                    try await entry.bucket.expired(by: time, limit: limit - found.count)
                }
            } catch {
                // What is wrong with one bucket holds up no other.
                if error.kind != .unsupported { failure = error }
            }
        }
        if let failure, found.isEmpty { throw failure }
        return found.sorted { $0.expiresAt ?? time < $1.expiresAt ?? time }
    }

    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws -> ChangePage {
        guard let entry = try await table.find(try feed.name) else {
            // A reader who waits here goes on in the bucket that is made.
            return ChangePage(changes: [], oldest: 0, current: 0, identity: "")
        }
        return try await checked(entry) { () throws(DriverError) in
            try await entry.bucket.changes(after: revision, limit: limit)
        }
    }

    func waitForChange(in feed: Feed, after revision: Revision) async throws {
        try await followers.wait(try feed.name, after: revision)
    }

    func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws {
        let there = try await table.make(entryPoint, replicas: settings.replicas).bucket
        guard let replicas = settings.replicas, replicas != there.configuration.replicas else { return }
        throw DriverError(
            .unsupported,
            "The bucket stands on \(there.configuration.replicas) servers, not \(replicas): "
                + "'nats stream edit \(there.stream) --replicas=\(replicas)' changes that; then start nestkv again.")
    }

    func remove(_ entryPoint: [UInt8]) async throws {
        try await table.remove(entryPoint)
    }

    func health() async -> DriverHealth {
        guard let problem = server.connection.problem else { return .good }
        return DriverHealth(canRead: false, canWrite: false, problem: problem.text, since: problem.since)
    }

    func shutdown() async {
        server.connection.close()
        followers.close()
    }
}

extension NATSDriver {
    /// Does something in the bucket of a key's entry point.
    private func withBucket<Result>(
        of key: Key, absent: @autoclosure () -> Result,
        _ body: (Bucket, BucketWriter) async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        guard let entry = try await table.find(Array(key.entryPoint)) else { return absent() }
        return try await checked(entry) { () async throws(DriverError) in try await body(entry.bucket, entry.writer) }
    }

    /// Does something in a bucket; when it fails: perhaps the bucket was deleted.
    private func checked<Result>(
        _ entry: BucketTable.Entry, _ body: () async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        do throws(DriverError) {
            return try await body()
        } catch {
            if error.kind == .unavailable { await table.check(entry.bucket) }
            throw error
        }
    }
}

/// The entry points that are looked through for leaves whose time is up.
private final class KnownEntryPoints: Sendable {
    /// A bucket that another process made is looked through this much later at most.
    private static let interval = Duration.seconds(5)

    private let state = Mutex<(names: [[UInt8]], askedAt: ContinuousClock.Instant?)>(([], nil))

    /// All of them as they were lately, and those that this process uses.
    func all(from server: JetStream, and used: [Bucket]) async throws(DriverError) -> Set<[UInt8]> {
        let known = state.withLock { $0 }
        var names = known.names
        if known.askedAt.map({ ContinuousClock.now - $0 >= Self.interval }) ?? true {
            names = try await server.entryPoints()
            state.withLock { $0 = (names, .now) }
        }
        return Set(names).union(used.map(\.entryPoint))
    }
}

extension JetStream {
    /// All entry points, in byte order.
    fileprivate func entryPoints() async throws(DriverError) -> [[UInt8]] {
        try await bucketNames().compactMap { KeyNaming.entryPoint(of: $0[...]) }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }
}

extension NATSSettings {
    /// What the driver publishes about itself.
    func capabilities(on server: JetStream) -> DriverCapabilities {
        var feedRetention = FeedRetention.unbounded
        if let age = bucket.age { feedRetention.age = age }
        return DriverCapabilities(
            driver: "nats", durability: bucket.durability, atomicity: server.hasAtomicBatch ? .entryPoint : .leaf,
            leavesPerCommit: server.hasAtomicBatch ? JetStream.batchMax : 1, isShared: true, revisionScope: .entryPoint,
            historyDepth: bucket.history - 1, feedRetention: feedRetention, replicas: bucket.replicas, replicasMax: 5)
    }
}

extension Feed {
    /// The entry point; a store whose entry points count on their own has no other feed.
    fileprivate var name: [UInt8] {
        get throws(DriverError) {
            if let entryPoint { return entryPoint }
            throw DriverError(
                .unsupported, "On NATS each entry point has a feed of its own, and there is none of the whole store.")
        }
    }
}

extension NodeRecords {
    /// Of an entry point that isn't there.
    fileprivate static let nothing = NodeRecords(latest: nil, ancestors: [], below: [], isTruncated: false, revision: 0)

    /// Takes as many of the leaves below as were asked for.
    fileprivate mutating func take(_ all: [Record], _ reach: Reach) {
        guard reach.leavesBelow > 0 else { return }
        var bytes = 0
        for record in all {
            bytes += record.value.utf8.count
            guard below.count < reach.leavesBelow, bytes <= reach.bytesBelow else {
                isTruncated = true
                return
            }
            below.append(record)
        }
    }
}

extension DriverFactory {
    /// `nats://[USER:PASSWORD@]HOST[:PORT][,…]`
    public static let nats = DriverFactory(
        scheme: "nats",
        form: "nats://[USER:PASSWORD@]HOST[:PORT][,…][?history=64][&replicas=1][&storage=file|memory][&ttl=7d]"
            + "[&sync=interval|always][&creds=PATH][&nkey=KEY&seed=PATH][&tls=on][&ca=PATH][&cert=PATH&key=PATH]"
            + "[&hostname=NAME][&cache=32MiB]"
    ) { url, options in
        try await NATSDriver(NATSSettings(url, options), logger: options.logger)
    }
}
