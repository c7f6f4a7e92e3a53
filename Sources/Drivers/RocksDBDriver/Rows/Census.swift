/// How many leaves there are, and a sum over all of them: what a walk through all leaves must find. A table or a log
/// that went missing, or that was exchanged, shows in it.
struct Census: Equatable {
    /// The number of leaves.
    var leaves: UInt64 = 0
    /// The sum of a hash of each leaf's key and revision, wrapping.
    var sum: UInt64 = 0
    /// Whether all leaves are counted. A store of before the census counts from zero what changes, until a walk through
    /// all leaves has found what was there (``Verification``).
    var isWhole = false

    /// Counts a leaf.
    mutating func add(_ key: some Sequence<UInt8>, _ revision: UInt64) {
        leaves &+= 1
        sum &+= Self.hash(key, revision)
    }

    /// Counts a leaf no more.
    mutating func remove(_ key: some Sequence<UInt8>, _ revision: UInt64) {
        leaves &-= 1
        sum &-= Self.hash(key, revision)
    }

    private static func hash(_ key: some Sequence<UInt8>, _ revision: UInt64) -> UInt64 {
        var digest = Digest()
        digest.add(key)
        withUnsafeBytes(of: revision.littleEndian) { digest.add($0) }
        return digest.value
    }
}
