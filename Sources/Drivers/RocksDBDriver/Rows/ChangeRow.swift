import NestKVStorage

/// A change as a row of `feed`: the operation, the commit, the time of the commit, the leaf's key and record.
struct ChangeRow {
    /// The change.
    let change: Change
    /// The time of the commit, for the feed's limit by age.
    let committedAt: Timestamp

    /// The row.
    func encode() -> [UInt8] {
        let record = change.record
        var row = RowWriter(capacity: 128 + record.key.bytes.count + record.value.utf8.count)
        row.integer(change.operation.rawValue)
        row.integer(change.commitRevision)
        row.integer(committedAt.milliseconds)
        row.counted(record.key.bytes)
        RecordRow.encode(record, into: &row)
        return row.bytes
    }

    /// Reads a change from a row.
    static func decode(_ bytes: UnsafeRawBufferPointer) throws(RocksDBFailure) -> Change {
        var row = RowReader(bytes)
        guard let operation = Change.Operation(rawValue: try row.integer(UInt8.self)) else {
            throw RowReader.malformed("an unknown operation")
        }
        let commitRevision = try row.integer(UInt64.self)
        _ = try row.integer(Int64.self)
        let key = Key(bytes: try row.counted())
        let record = try RecordRow.decode(row.remainder, key: key)
        return Change(operation: operation, record: record, commitRevision: commitRevision)
    }

    /// The parts of a row that trimming needs: the commit and its time.
    static func commit(
        _ bytes: UnsafeRawBufferPointer
    ) throws(RocksDBFailure) -> (revision: Revision, at: Timestamp) {
        var row = RowReader(bytes)
        _ = try row.integer(UInt8.self)
        return (try row.integer(UInt64.self), Timestamp(milliseconds: try row.integer(Int64.self)))
    }
}
