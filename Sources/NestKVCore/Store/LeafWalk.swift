/// A walk over the leaves at and below a path in key order, read page by page, so that it costs by the leaves that it
/// gives and not by those that stand there.
///
/// Leaves whose time is up are left out. Each page is read by itself: a leaf that is written or deleted meanwhile may
/// or may not be seen, and every other one is seen once.
public struct LeafWalk: Sendable {
    private static let leastLeaves = 16
    private static let mostLeaves = 512
    /// A page with more bytes of values than this is followed by a shorter one.
    private static let pageBytes = 4 << 20

    private let store: any Store
    private let key: Key
    private let now: Timestamp
    private var page: ArraySlice<Record> = []
    private var hasMore = true
    private var size: Int
    private var isStarted = false
    /// The key behind which the walk goes on: of the leaf that was looked at last.
    public private(set) var position: Key?
    /// The leaves that were looked at.
    public private(set) var examined = 0

    /// A walk that begins behind `after`, or with the leaf at the path itself.
    ///
    /// - Parameter expected: how many leaves will be asked for, as far as that is known.
    public init(_ store: any Store, _ key: Key, after: Key? = nil, expected: Int = 16) {
        self.store = store
        self.key = key
        now = .now
        position = after
        size = min(max(expected, 1), 64)
    }

    /// Whether the walk has come to its end.
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

    /// Leaves out all that stands at and below a child of the path, or is before it, without reading it.
    public mutating func skip(_ child: Key) {
        // Control characters stand in no name, so nothing is between the child's subtree and this.
        let end = Key(bytes: child.bytes.dropLast() + [1, 0])
        while let first = page.first, first.key < end { page.removeFirst() }
        guard page.isEmpty, hasMore else { return }
        position = end
        size = Self.leastLeaves
    }

    private mutating func readPage() async throws(StoreError) {
        // A long walk lets other requests of its thread come in between.
        if isStarted { await Task.yield() }
        isStarted = true
        let read = try await store.scan(key, after: position, limit: size)
        page = read.records[...]
        hasMore = read.hasMore
        let bytes = read.records.reduce(0) { $0 + $1.value.utf8.count }
        size = bytes > Self.pageBytes ? max(size / 8, 4) : min(size * 2, Self.mostLeaves)
    }
}
