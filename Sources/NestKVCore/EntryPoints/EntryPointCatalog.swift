import MicroJSON
import Synchronization

/// The settings of all entry points, in memory: every write looks here. They are stored as leaves of the service's own
/// below ``root``, so they are versioned like everything else, and a change of them comes through the feed.
public final class EntryPointCatalog: Sendable {
    /// Where the settings are stored: a leaf for each entry point.
    public static let root = Key(["_nestkv", "entry-points"].map { Array($0.utf8) })

    /// The feed that changes of the settings stand in, where entry points have feeds of their own.
    public static let feed = Feed(entryPoint: Array(root.entryPoint))

    private struct Entry {
        let revision: Revision
        /// Nil: they were deleted.
        let settings: EntryPointSettings?
    }

    private let entries = Mutex<[[UInt8]: Entry]>([:])

    /// A catalog without entries.
    public init() {}

    /// The settings of the entry point that a key lies in; nil: it has none.
    public func settings(for key: Key) -> EntryPointSettings? {
        entries.withLock { entries in
            entries.isEmpty ? nil : key.segments.first.flatMap { entries[Array($0)]?.settings }
        }
    }

    /// The leaf with the settings of an entry point.
    public static func key(of name: [UInt8]) -> Key { root.appending(name) }

    /// Takes what a leaf below ``root`` has become; other leaves, and what is older than what is known, are ignored.
    public func take(_ record: Record) {
        guard Self.root.isAncestor(of: record.key), let name = record.key.segments.last else { return }
        let new = Entry(
            revision: record.revision, settings: record.isDeleted ? nil : EntryPointSettings(record.value))
        entries.withLock { entries in
            if let known = entries[Array(name)], known.revision > new.revision { return }
            entries[Array(name)] = new
        }
    }

    /// Reads all settings from the store.
    public func load(from store: some Store) async throws(StoreError) {
        var after: Key?
        while true {
            let page = try await store.scan(Self.root, after: after, limit: 1000)
            for record in page.records { take(record) }
            guard page.hasMore, let last = page.records.last else { return }
            after = last.key
        }
    }
}

extension EntryPointSettings {
    /// The settings of a stored leaf; members that can't be understood are as if they were not there.
    public init(_ text: JSONText) {
        self.init()
        guard case .object(let members) = JSONValue(text) else { return }
        historyDepth = members["history"]?.text.integer()
        lifetime = members["ttl"].flatMap(Duration.init(json:))
        valueBytes = members["maxValueSize"]?.text.integer()
        replicas = members["replicas"]?.text.integer()
        requiresPrecondition = members["casRequired"]?.text == .true
        description = members["description"]?.stringContent.map { String(decoding: $0, as: UTF8.self) }
    }
}
