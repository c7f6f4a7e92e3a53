/// The leaves below a path as a driver read them. The driver returns the same object until one of them or the leaf at
/// the path changes. An adapter can therefore keep a rendering with it, such as a ready response, as with a
/// ``Record/rendering``.
public final class Subtree: Sendable {
    /// The leaves in key order.
    public let leaves: [Record]
    /// The bytes of all values.
    public let valueBytes: Int
    /// Whether one of the leaves has an expiry.
    public let mayExpire: Bool
    /// The bytes of memory that this object may take, with a rendering as large as the values.
    public let memoryBytes: Int
    /// An object that an adapter made from these leaves and the one at the path. Never stored.
    public let rendering = Rendering()
    /// The indented form of ``rendering``, kept only while it is being sent.
    public let indentedRendering = SharedRendering()

    /// The subtree without leaves.
    public static let empty = Subtree([])

    /// A subtree without a rendering.
    public init(_ leaves: [Record]) {
        self.leaves = leaves
        var valueBytes = 0, keyBytes = 0, mayExpire = false
        leaves.forEachUnretained { record in
            valueBytes += record.value.utf8.count
            keyBytes += record.key.bytes.count
            if record.expiresAt != nil { mayExpire = true }
        }
        self.valueBytes = valueBytes
        self.mayExpire = mayExpire
        memoryBytes = 1000 + leaves.count * 400 + keyBytes * 2 + valueBytes * 2
    }

    /// The subtree below a path with or without a leaf. It is ``empty`` if there are no leaves below and the leaf is
    /// the latest change; a rendering can then be kept with the leaf.
    public static func of(_ leaves: [Record], _ leaf: Record?, since revision: Revision) -> Subtree {
        leaves.isEmpty && leaf?.revision == revision ? .empty : Subtree(leaves)
    }

    /// Whether the whole subtree is within the limits of a reach.
    public func fits(_ reach: Reach) -> Bool {
        leaves.count <= max(reach.leavesBelow, reach.kept.leaves)
            && valueBytes <= max(reach.bytesBelow, reach.kept.bytes)
    }
}
