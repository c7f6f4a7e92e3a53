import MicroJSON
import NestKVStorage

/// The store over a driver. It only orchestrates. Keys, hashes, metadata and locks are services, ``Node`` determines
/// what a path means and what a write changes, and the driver stores it.
///
/// Every write is *read → compute → commit with what was read → again on conflict*.
public struct KeyValueStore: Store {
    /// How often a write is attempted when other writers keep being faster.
    static let attempts = 64

    public let limits: StoreLimits
    let driver: any Driver
    let keys: any KeyService
    let metadata: any MetadataService
    let locks: any LockService
    let entryPoints: EntryPointCatalog
    let schemas: SchemaCatalog
    let rules: WriteRules
    /// Take this store's own commits at once.
    let catalogs: [any Catalog]
    let compute: ComputePool

    /// A store from its parts.
    public init(
        driver: any Driver, keys: any KeyService, metadata: any MetadataService, locks: any LockService,
        rules: [any WriteRule], entryPoints: EntryPointCatalog = EntryPointCatalog(),
        schemas: SchemaCatalog = SchemaCatalog(), catalogs: [any Catalog] = [], limits: StoreLimits = .standard,
        compute: ComputePool = ComputePool()
    ) {
        self.compute = compute
        self.driver = driver
        self.keys = keys
        self.metadata = metadata
        self.locks = locks
        self.rules = WriteRules(rules)
        self.entryPoints = entryPoints
        self.schemas = schemas
        self.catalogs = catalogs
        self.limits = limits
    }

    public var capabilities: DriverCapabilities { driver.capabilities }

    public func getAtOnce(_ key: Key, _ view: View) throws(StoreError) -> Node? {
        try recordsAtOnce(key, view).flatMap { nodeAtOnce(key, view, $0) }
    }

    /// The records of a path, truncated if there are many; nil if they can't be read without waiting.
    func recordsAtOnce(_ key: Key, _ view: View) throws(StoreError) -> NodeRecords? {
        do { return try driver.nodeAtOnce(key, reachAtOnce(view)) } catch { throw StoreError(error) }
    }

    public func get(_ key: Key, _ view: View) async throws(StoreError) -> Node {
        if let node = nodeAtOnce(key, view, try await readAtOnce(key, view)) { return node }
        return try await compute.run { () async throws(StoreError) in node(key, view, try await read(key, view)) }
    }

    /// The node of records that were read on the caller's thread; nil if to read or search all would hold it up.
    private func nodeAtOnce(_ key: Key, _ view: View, _ records: NodeRecords) -> Node? {
        guard !records.isTruncated, records.ancestorBytes <= 2 * Node.mostAtOnce.bytes else { return nil }
        return node(key, view, records)
    }

    private func node(_ key: Key, _ view: View, _ records: NodeRecords) -> Node {
        Node(key: key, records: records.withoutExpired(at: .now), isLeafOnly: view == .leaf)
    }

    /// The records of a path, truncated if reading all of them would hold up the thread's other requests.
    func readAtOnce(
        _ key: Key, _ view: View, mayBeOutdated: Bool = false
    ) async throws(StoreError) -> NodeRecords {
        var reach = reachAtOnce(view)
        reach.mayBeOutdated = mayBeOutdated
        do { return try await driver.node(key, reach) } catch { throw StoreError(error) }
    }

    /// All records of a path.
    func read(
        _ key: Key, _ view: View, mayBeOutdated: Bool = false
    ) async throws(StoreError) -> NodeRecords {
        var reach = view == .leaf ? Reach.leaf : wholeSubtree
        reach.mayBeOutdated = mayBeOutdated
        let records: NodeRecords
        do { records = try await driver.node(key, reach) } catch { throw StoreError(error) }
        guard !records.isTruncated else {
            throw StoreError(
                .subtreeTooLarge,
                "\(key) has more than \(limits.leaves) leaves or \(limits.composedBytes) bytes; request a smaller "
                    + "subtree.", .listParts, limit: limits.composedBytes)
        }
        return records
    }

    public func unchanged(_ key: Key) -> Unchanged? { driver.unchanged(key) }

    public func unchangedSince(_ key: Key) async throws(StoreError) -> Revision {
        do { return try await driver.node(key, .surroundings).unchangedSince } catch { throw StoreError(error) }
    }

    public func history(_ key: Key, limit: Int) async throws(StoreError) -> [Record] {
        let depth = entryPoints.settings(for: key)?.historyDepth ?? .max
        do {
            return try await driver.revisions(of: key, limit: min(limit, depth == .max ? limit : depth + 1))
        } catch {
            throw StoreError(error)
        }
    }

    public func version(_ version: UInt64, of key: Key) async throws(StoreError) -> Record? {
        do {
            guard let depth = entryPoints.settings(for: key)?.historyDepth else {
                return try await driver.version(version, of: key)
            }
            return try await driver.revisions(of: key, limit: depth + 1).first { $0.version == version }
        } catch {
            throw StoreError(error)
        }
    }

    public func changes(
        in feed: Feed, after revision: Revision, limit: Int
    ) async throws(StoreError) -> ChangePage {
        do {
            return try await driver.changes(in: feed, after: revision, limit: limit)
        } catch {
            throw StoreError(error)
        }
    }

    public func waitForChange(in feed: Feed, after revision: Revision) async throws(StoreError) {
        do { try await driver.waitForChange(in: feed, after: revision) } catch { throw StoreError(error) }
    }

    /// The record of a version whose value can be restored.
    func restorable(_ number: UInt64, of key: Key) async throws(StoreError) -> Record {
        if let record = try await version(number, of: key), !record.isDeleted { return record }
        guard let latest = try await history(key, limit: 1).first, number <= latest.version else {
            throw StoreError(.notFound, "No leaf at exactly \(key) has a version \(number).")
        }
        throw StoreError(.gone, "Version \(number) of \(key) was a deletion or is no longer retained.")
    }

    public func scan(_ key: Key, after: Key?, limit: Int) async throws(StoreError) -> Page {
        var after = after
        do {
            while true {
                var page = try await driver.scan(key, after: after, limit: limit)
                after = page.records.last?.key
                let time = Timestamp.now
                page.records.removeAll { $0.isExpired(at: time) }
                // The next page continues after a leaf, so an empty page must be the last one.
                if !page.records.isEmpty || !page.hasMore { return page }
            }
        } catch {
            throw StoreError(error)
        }
    }

    public func names(below key: Key, after: [UInt8]?, limit: Int) async throws(StoreError) -> [[UInt8]] {
        var names: [[UInt8]] = []
        var after = after
        while names.count < limit {
            let wanted = limit - names.count
            let page: [[UInt8]]
            do {
                page = try await driver.names(below: key, after: after, limit: wanted)
            } catch {
                throw StoreError(error)
            }
            names += key.bytes.isEmpty ? page.filter { !ReservedKeys.contain($0) } : page
            guard page.count == wanted else { break }
            after = page.last
        }
        return names
    }

    public func prepare(_ entryPoint: [UInt8], _ settings: EntryPointSettings) async throws(StoreError) {
        do {
            try await driver.prepare(entryPoint, settings)
        } catch {
            throw StoreError(error)
        }
    }

    public func remove(_ entryPoint: [UInt8]) async throws(StoreError) {
        do {
            try await driver.remove(entryPoint)
        } catch {
            throw StoreError(error)
        }
    }

    public func backUp(into folder: String, keeping: Int?) async throws(StoreError) -> Backup {
        do { return try await driver.backUp(into: folder, keeping: keeping) } catch { throw StoreError(error) }
    }

    public func backups(in folder: String) async throws(StoreError) -> [FoundBackup] {
        do { return try await driver.backups(in: folder) } catch { throw StoreError(error) }
    }

    public func health() async -> DriverHealth {
        await driver.health()
    }

    public func shutdown() async {
        await driver.shutdown()
    }

    /// The reach for callers that compute on their own thread.
    private func reachAtOnce(_ view: View) -> Reach {
        guard view == .tree else { return .leaf }
        var reach = Reach(
            ancestors: true, leavesBelow: min(limits.leaves, Node.mostAtOnce.leaves),
            bytesBelow: min(limits.composedBytes, Node.mostAtOnce.bytes))
        reach.kept = (limits.leaves, limits.composedBytes)
        return reach
    }

    var wholeSubtree: Reach {
        Reach(ancestors: true, leavesBelow: limits.leaves, bytesBelow: limits.composedBytes)
    }
}
