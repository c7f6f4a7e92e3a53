import NestKVStorage

/// A walk over the leaves at and below a path, or over all leaves of all entry points, in key order. The service's own
/// records are left out. See ``LeafWalk`` for what it returns of leaves that are written meanwhile.
public struct StoreWalk: Sendable {
    private let store: any Store
    private let isOfAll: Bool
    private var walk: LeafWalk?
    /// The name of the entry point after which the walk continues.
    private var last: [UInt8]?
    /// The key of the last returned leaf.
    public private(set) var position: Key?

    /// A walk.
    ///
    /// - Parameters:
    ///   - key: the path; the root for all entry points.
    ///   - after: the key after which it begins.
    public init(_ store: any Store, below key: Key = .root, after: Key? = nil) {
        self.store = store
        position = after
        isOfAll = key.bytes.isEmpty
        guard isOfAll else {
            walk = LeafWalk(store, key, after: after, expected: 64)
            return
        }
        guard let after, let first = after.segments.first else { return }
        last = Array(first)
        walk = LeafWalk(store, Key([first]), after: after, expected: 64)
    }

    /// The next leaf; nil at the end.
    public mutating func next() async throws(StoreError) -> Record? {
        while true {
            if let leaf = try await walk?.next() {
                position = leaf.key
                return leaf
            }
            guard isOfAll, let name = try await store.names(below: .root, after: last, limit: 1).first else {
                return nil
            }
            last = name
            walk = LeafWalk(store, Key([name]), expected: 64)
        }
    }
}
