import NestKVCore

/// The row `state` of `info`: where the store stands. It is written with every batch of changes.
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

    /// The number of changes in the feed: revisions are consecutive.
    var feedCount: UInt64 { revision - feedOldest }

    /// The row.
    func encode() -> [UInt8] {
        var row = RowWriter(capacity: 32)
        row.integer(revision)
        row.integer(feedOldest)
        row.integer(feedBytes)
        row.integer(tombstones)
        return row.bytes
    }

    /// The state of a row.
    static func decode(_ bytes: UnsafeRawBufferPointer) throws(RocksDBFailure) -> StoreState {
        var row = RowReader(bytes)
        let state = StoreState(
            revision: try row.integer(UInt64.self), feedOldest: try row.integer(UInt64.self),
            feedBytes: try row.integer(UInt64.self), tombstones: try row.integer(UInt64.self))
        try row.end()
        guard state.feedOldest <= state.revision else { throw RowReader.malformed("a feed from the future") }
        return state
    }
}
