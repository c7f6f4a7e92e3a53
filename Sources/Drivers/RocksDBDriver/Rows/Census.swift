import MicroText

/// The number of leaves, and a sum over all of them, which a walk through all leaves must find again. It reveals a
/// table or a log that is missing or was exchanged.
struct Census: Equatable {
    /// The number of leaves.
    var leaves: UInt64 = 0
    /// The sum of a hash of each leaf's key and revision, wrapping.
    var sum: UInt64 = 0
    /// Whether all leaves are counted. A store from before the census counts changes from zero, until a walk through
    /// all leaves has found the rest (``Verification``).
    var isWhole = false

    /// Counts a leaf.
    mutating func add(_ key: some Sequence<UInt8>, _ revision: UInt64) {
        leaves &+= 1
        sum &+= Self.hash(key, revision)
    }

    /// Uncounts a leaf.
    mutating func remove(_ key: some Sequence<UInt8>, _ revision: UInt64) {
        leaves &-= 1
        sum &-= Self.hash(key, revision)
    }

    private static func hash(_ key: some Sequence<UInt8>, _ revision: UInt64) -> UInt64 {
        var digest = FNV1a()
        digest.add(key)
        withUnsafeBytes(of: revision.littleEndian) { digest.add($0) }
        return digest.value
    }
}
