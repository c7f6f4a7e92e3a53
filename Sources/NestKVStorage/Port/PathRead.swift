/// A path as it was read. A commit that was computed from it is refused if the path has changed since.
public struct PathRead: Sendable {
    /// The path.
    public let key: Key
    /// Its records.
    public let records: NodeRecords
    /// Whether only the leaf at exactly the path was read.
    public let isLeafOnly: Bool

    /// A read from its parts.
    public init(_ key: Key, _ records: NodeRecords, isLeafOnly: Bool) {
        self.key = key
        self.records = records
        self.isLeafOnly = isLeafOnly
    }

    /// The conditions that must still hold when a change computed from this is committed.
    public var expectations: [Expectation] {
        var expectations: [Expectation] = [.leaf(key, records.leaf?.revision)]
        guard !isLeafOnly else { return expectations }
        var ancestors = records.ancestors[...]
        for key in key.ancestors {
            if let record = ancestors.first, record.key == key {
                expectations.append(.leaf(key, record.revision))
                ancestors.removeFirst()
            } else {
                expectations.append(.leaf(key, nil))
            }
        }
        expectations.append(.below(key, records.below))
        return expectations
    }
}
