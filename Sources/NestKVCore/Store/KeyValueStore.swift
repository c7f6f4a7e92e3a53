import MicroJSON

/// The store over a driver. It orchestrates and nothing else: keys, hashes, metadata and locks are services, what a
/// path means and what a write changes is `Node`'s, and the driver keeps it.
///
/// Every write is *read → compute → commit with what was read → again on conflict*.
public struct KeyValueStore: Store {
    /// How often a write is tried when others keep coming first.
    static let attempts = 64

    public let limits: StoreLimits
    let driver: any Driver
    let keys: any KeyService
    let metadata: any MetadataService
    let locks: any LockManager

    /// A store from its parts.
    public init(
        driver: any Driver, keys: any KeyService, metadata: any MetadataService, locks: any LockManager,
        limits: StoreLimits = .standard
    ) {
        self.driver = driver
        self.keys = keys
        self.metadata = metadata
        self.locks = locks
        self.limits = limits
    }

    public var capabilities: DriverCapabilities { driver.capabilities }

    public func get(_ key: Key, _ view: View) async throws(StoreError) -> Node {
        let reach = view == .leaf ? Reach.leaf : wholeSubtree
        let records: NodeRecords
        do { records = try await driver.node(key, reach) } catch { throw StoreError(error) }
        guard !records.isTruncated else {
            throw StoreError(
                .subtreeTooLarge,
                "More than \(limits.leaves) leaves or \(limits.composedBytes) bytes stand below \(key); work on its "
                    + "parts.", limit: limits.composedBytes)
        }
        return Node(key: key, records: records, isLeafOnly: view == .leaf)
    }

    public func history(_ key: Key, limit: Int) async throws(StoreError) -> [Record] {
        do { return try await driver.revisions(of: key, limit: limit) } catch { throw StoreError(error) }
    }

    public func version(_ version: UInt64, of key: Key) async throws(StoreError) -> Record? {
        do { return try await driver.version(version, of: key) } catch { throw StoreError(error) }
    }

    public func put(_ value: PutValue, at key: Key, _ options: WriteOptions) async throws(StoreError) -> WriteResult {
        switch value {
        case .whole(let text):
            return try await write(key, options) { node in
                options.view == .leaf ? [.set(key, text, replacing: node.records.leaf)] : node.edits(putting: text)
            }
        case .flattened(let text, let depth):
            let leaves = try text.flattened(at: key, depth: depth, keys: keys, maximumLeaves: limits.leaves)
            return try await write(key, options) { node in
                if case .document = node.owner { return node.edits(putting: text) }
                return node.edits(putting: leaves)
            }
        }
    }

    public func patch(_ patch: Patch, at key: Key, _ options: WriteOptions) async throws(StoreError) -> WriteResult {
        try await write(key, options, keepsTags: !options.hasTags) { node throws(StoreError) in
            let before = node.exists ? JSONValue(node.composed()) : nil
            return node.edits(patching: try patch.applied(to: before, at: key, options.view), keys: keys)
        }
    }

    public func delete(_ key: Key, _ options: WriteOptions) async throws(StoreError) -> WriteResult {
        try await write(key, options) { node throws(StoreError) in
            guard node.exists else { throw .notFound(key, options.view) }
            return node.editsDeleting()
        }
    }

    public func append(
        _ value: JSONText, to key: Key, _ options: WriteOptions
    ) async throws(StoreError) -> WriteResult {
        let name = keys.childName()
        let child = key.appending(name)
        try keys.check(child, name: name)
        var options = options
        // Without a condition on the parent there is nothing to read of it, however much stands below it.
        if options.precondition.isEmpty { options.view = .leaf }
        return try await write(options.precondition.isEmpty ? child : key, options, to: child) { _ in
            [.set(child, value, replacing: nil)]
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

    public func names(below key: Key, after: [UInt8]?, limit: Int) async throws(StoreError) -> [[UInt8]] {
        do { return try await driver.names(below: key, after: after, limit: limit) } catch { throw StoreError(error) }
    }

    public func health() async -> DriverHealth {
        await driver.health()
    }

    public func shutdown() async {
        await driver.shutdown()
    }

    var wholeSubtree: Reach {
        Reach(ancestors: true, leavesBelow: limits.leaves, bytesBelow: limits.composedBytes)
    }
}

extension Patch {
    fileprivate func applied(to value: JSONValue?, at key: Key, _ view: View) throws(StoreError) -> JSONValue {
        switch self {
        case .merge(let patch):
            return (value ?? .null).mergePatched(with: patch)
        case .operations(let patch):
            guard let value else { throw .notFound(key, view) }
            do throws(JSONPatchError) {
                return try patch.apply(to: value)
            } catch {
                throw StoreError(error)
            }
        }
    }
}

extension StoreError {
    /// A patch that is malformed or can't be applied.
    public init(_ error: JSONPatchError) {
        let code: Code =
            switch error.kind {
            case .malformed: .invalidPatch
            case .testFailed: .testFailed
            case .notApplicable: .notApplicable
            case .tooLarge: .valueTooLarge
            }
        self.init(code, error.message, pointer: error.pointer, operationIndex: error.opIndex)
    }
}
