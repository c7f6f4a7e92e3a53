import NestKVStorage

/// The row `state` of `info`: the store's state. It is written with every batch of changes.
struct StoreState: Equatable {
    /// The row's key.
    static let row = Array("state".utf8)

    /// The store's revision.
    var revision: Revision = 0
    /// The revision after which the feed is complete.
    var feedOldest: Revision = 0
    /// The bytes in the feed.
    var feedBytes: UInt64 = 0
    /// The number of tombstones.
    var tombstones: UInt64 = 0
    /// The count of leaves.
    var census = Census()

    /// The number of changes in the feed: revisions are consecutive.
    var feedCount: UInt64 { revision - feedOldest }

    /// The row.
    func encode() -> [UInt8] {
        var row = RowWriter(capacity: 56)
        row.integer(revision)
        row.integer(feedOldest)
        row.integer(feedBytes)
        row.integer(tombstones)
        row.integer(census.leaves)
        row.integer(census.sum)
        row.integer(census.isWhole ? 1 : 0 as UInt8)
        return row.bytes
    }

    /// Reads the state from a row.
    static func decode(_ bytes: UnsafeRawBufferPointer) throws(RocksDBFailure) -> StoreState {
        var row = RowReader(bytes)
        var state = StoreState(
            revision: try row.integer(UInt64.self), feedOldest: try row.integer(UInt64.self),
            feedBytes: try row.integer(UInt64.self), tombstones: try row.integer(UInt64.self))
        // The row of a store from before the census ends here.
        if !row.remainder.isEmpty {
            state.census.leaves = try row.integer(UInt64.self)
            state.census.sum = try row.integer(UInt64.self)
            state.census.isWhole = try row.integer(UInt8.self) != 0
        }
        try row.end()
        guard state.feedOldest <= state.revision else { throw RowReader.malformed("the feed begins after its end") }
        return state
    }
}
