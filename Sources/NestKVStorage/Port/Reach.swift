/// How much of a path's surroundings ``Driver/node(_:_:)`` reads.
public struct Reach: Sendable {
    /// Whether to read the leaves at the path's ancestors too.
    public var ancestors: Bool
    /// The most leaves below the path to read; 0 for no leaves below.
    public var leavesBelow: Int
    /// The most bytes of values below the path to read.
    public var bytesBelow: Int
    /// The limits up to which the caller accepts a subtree that the driver keeps in memory, which costs nothing to
    /// read.
    public var kept = (leaves: 0, bytes: 0)
    /// Whether the last state that this process wrote is sufficient, though others may have written since. The commit
    /// detects that.
    public var mayBeOutdated = false

    /// Only the leaf at exactly the path.
    public static let leaf = Reach(ancestors: false, leavesBelow: 0, bytesBelow: 0)

    /// The leaf and those above it, for ``NodeRecords/unchangedSince`` of the whole path.
    public static let surroundings = Reach(ancestors: true, leavesBelow: 0, bytesBelow: 0)

    /// A reach from its parts.
    public init(ancestors: Bool, leavesBelow: Int, bytesBelow: Int) {
        self.ancestors = ancestors
        self.leavesBelow = leavesBelow
        self.bytesBelow = bytesBelow
    }
}
