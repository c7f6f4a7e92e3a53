/// The leaves below a path as a driver read them, handed out as the same object until one of them or the leaf at the
/// path changes. So what an adapter makes of them, as a ready response, is kept with them, as ``Record/rendering`` is
/// with one.
public final class Subtree: Sendable {
    /// The leaves in key order.
    public let leaves: [Record]
    /// The bytes of all values.
    public let valueBytes: Int
    /// Whether one of them has a time at which it stops being there.
    public let mayExpire: Bool
    /// The bytes of memory that this may hold, with a rendering as large as the values.
    public let memoryBytes: Int
    /// What an adapter made once of these leaves and the one at the path. Never stored.
    public let rendering = Rendering()
    /// The same for an indented form, for as long as it is being sent.
    public let indentedRendering = SharedRendering()

    /// Nothing stands below.
    public static let empty = Subtree([])

    /// A subtree that nothing is kept with yet.
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

    /// What stands below a leaf, or below none. ``empty`` when nothing does, and the leaf is the latest change: then
    /// what is kept with the leaf is enough.
    public static func of(_ leaves: [Record], _ leaf: Record?, since revision: Revision) -> Subtree {
        leaves.isEmpty && leaf?.revision == revision ? .empty : Subtree(leaves)
    }

    /// Whether all of it is within what a read asks for.
    public func fits(_ reach: Reach) -> Bool {
        leaves.count <= max(reach.leavesBelow, reach.kept.leaves)
            && valueBytes <= max(reach.bytesBelow, reach.kept.bytes)
    }
}
