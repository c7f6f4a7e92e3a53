import Logging
import NestKVStorage
import Synchronization

/// Records of the service's own that are kept in memory, because requests read them often. A store hands its own
/// commits over at once, and ``Follower/keeping(_:in:logger:)`` those of other processes.
public protocol Catalog: Sendable {
    /// The path below which its records are (``ReservedKeys``).
    var root: Key { get }

    /// Takes the new record of a leaf below ``root``, a tombstone after a deletion. Outdated records are ignored.
    func take(_ record: Record)

    /// Takes all records below ``root`` as they are at a revision or later. What was taken of a later revision stays.
    func reset(_ records: [Record], at revision: Revision)
}

extension Collection<any Catalog> {
    /// Hands records to the catalogs that they belong to.
    public func take(_ records: some Sequence<Record>) {
        for record in records where record.key.isInternal {
            for catalog in self where catalog.root.isAncestor(of: record.key) { catalog.take(record) }
        }
    }

    /// Reads all records of the catalogs. What was taken of a later revision stays.
    public func load(from store: any LeafSource, at revision: Revision = 0) async throws(StoreError) {
        for catalog in self {
            var records: [Record] = []
            var hasMore = true
            while hasMore {
                let page = try await store.scan(catalog.root, after: records.last?.key, limit: 1000)
                records += page.records
                hasMore = page.hasMore && !page.records.isEmpty
            }
            catalog.reset(records, at: revision)
        }
    }
}

/// What a catalog keeps of its records: a value for each name below its root.
public final class CatalogTable<Value: Sendable>: Sendable {
    private struct Entry {
        let revision: Revision
        /// Nil if it was deleted.
        let value: Value?
    }

    private let entries = Mutex<[[UInt8]: Entry]>([:])
    private let read: @Sendable (Record) -> Value?

    /// An empty table; `read` makes a value of a record that isn't a tombstone, nil if it is not one that belongs here.
    public init(_ read: @escaping @Sendable (Record) -> Value?) {
        self.read = read
    }

    /// All values.
    public var all: [Value] { entries.withLock { $0.values.compactMap(\.value) } }

    /// The value of the record with a name. The name is only asked for if there are values.
    public func value(_ name: @autoclosure () -> [UInt8]?) -> Value? {
        entries.withLock { entries in
            entries.isEmpty ? nil : name().flatMap { entries[$0]?.value }
        }
    }

    /// See ``Catalog/take(_:)``.
    public func take(_ record: Record) {
        guard let (name, entry) = named(record) else { return }
        entries.withLock { entries in
            if let known = entries[name], known.revision > entry.revision { return }
            entries[name] = entry
        }
    }

    /// See ``Catalog/reset(_:at:)``.
    public func reset(_ records: [Record], at revision: Revision) {
        let new = Dictionary(records.compactMap(named)) { $1 }
        entries.withLock { entries in
            let later = entries.filter { $0.value.revision > revision }
            entries = new.merging(later) { $0.revision > $1.revision ? $0 : $1 }
        }
    }

    private func named(_ record: Record) -> ([UInt8], Entry)? {
        guard let name = record.key.segments.last else { return nil }
        return (Array(name), Entry(revision: record.revision, value: record.isDeleted ? nil : read(record)))
    }
}

extension Follower {
    /// The followers that keep catalogs current, one for each feed. Nothing is read for a catalog more often than every
    /// 100 ms, so that writers don't pay for it.
    public static func keeping(
        _ catalogs: [any Catalog], in store: any ChangeFeed & LeafSource, scope: RevisionScope, logger: Logger
    ) -> [Follower] {
        var pace = Pace()
        pace.interval = .milliseconds(100)
        pace.mostBehind = 64
        return Dictionary(grouping: catalogs) { Feed(of: $0.root, scope) }.map { feed, catalogs in
            Follower(
                "the service's own settings", of: feed, in: store, CatalogSink(catalogs: catalogs, store: store),
                pace: pace, logger: logger)
        }
    }
}

/// Keeps catalogs of one feed.
private final class CatalogSink: FeedSink {
    private let catalogs: [any Catalog]
    private let store: any LeafSource
    /// The feed that the catalogs were last read from.
    private let identity = Mutex("")

    init(catalogs: [any Catalog], store: any LeafSource) {
        self.catalogs = catalogs
        self.store = store
    }

    func reset(at position: FeedPosition) async throws(StoreError) {
        // Revisions of another feed can't be compared, so nothing of it stays.
        let isSameFeed = identity.withLock { $0.isEmpty || $0 == position.identity }
        try await catalogs.load(from: store, at: isSameFeed ? position.revision : .max)
        identity.withLock { $0 = position.identity }
    }

    func take(_ changes: [Change]) {
        catalogs.take(changes.lazy.map(\.record))
    }
}
