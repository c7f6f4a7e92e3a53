import NestKVStorage

/// A walk over the leaves at and below a path in key order. It reads pages, so its cost depends on the leaves returned,
/// not on the leaves stored.
///
/// Expired leaves are omitted. Pages are read at different moments: a leaf that is written or deleted meanwhile may or
/// may not be returned, and every other leaf is returned once.
public struct LeafWalk: Sendable {
    private static let leastLeaves = 16
    private static let mostLeaves = 512
    /// A page whose values have more bytes than this is followed by a shorter page.
    private static let pageBytes = 4 << 20

    private let store: any Store
    private let key: Key
    private let now: Timestamp
    private var page: ArraySlice<Record> = []
    private var hasMore = true
    private var size: Int
    private var isStarted = false
    /// The key after which the walk continues: that of the last examined leaf.
    public private(set) var position: Key?
    /// The number of examined leaves.
    public private(set) var examined = 0

    /// A walk that begins after `after`, or with the leaf at the path itself.
    ///
    /// - Parameter expected: the number of leaves that will be needed, if known.
    public init(_ store: any Store, _ key: Key, after: Key? = nil, expected: Int = 16) {
        self.store = store
        self.key = key
        now = .now
        position = after
        size = min(max(expected, 1), 64)
    }

    /// Whether the walk has reached its end.
    public var isAtEnd: Bool { page.isEmpty && !hasMore }

    /// The next leaf; nil at the end.
    public mutating func next() async throws(StoreError) -> Record? {
        while true {
            while let record = page.popFirst() {
                position = record.key
                examined += 1
                if !record.isExpired(at: now) { return record }
            }
            guard hasMore else { return nil }
            try await readPage()
        }
    }

    /// Skips a child of the path with everything below it, and all leaves before it, without reading them.
    public mutating func skip(_ child: Key) {
        // Names contain no control characters, so no key is between the child's subtree and this one.
        let end = Key(bytes: child.bytes.dropLast() + [1, 0])
        while let first = page.first, first.key < end { page.removeFirst() }
        guard page.isEmpty, hasMore else { return }
        position = end
        size = Self.leastLeaves
    }

    private mutating func readPage() async throws(StoreError) {
        // A long walk yields to other requests of its thread.
        if isStarted { await Task.yield() }
        isStarted = true
        let read = try await store.scan(key, after: position, limit: size)
        page = read.records[...]
        hasMore = read.hasMore
        let bytes = read.records.reduce(0) { $0 + $1.value.utf8.count }
        size = bytes > Self.pageBytes ? max(size / 8, 4) : min(size * 2, Self.mostLeaves)
    }
}
