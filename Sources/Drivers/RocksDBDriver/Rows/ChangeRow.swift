import NestKVStorage

/// A change as a row of `feed`: the operation, the commit, the time of the commit, the leaf's key and record.
struct ChangeRow {
    /// The change.
    let change: Change
    /// The time of the commit, for the feed's limit by age.
    let committedAt: Timestamp

    /// Appends the row.
    ///
    /// - Returns: the length of its end that is the row of the change's record (``RecordRow``).
    func encode(into row: inout RowWriter) -> Int {
        row.integer(change.operation.rawValue)
        row.integer(change.commitRevision)
        row.integer(committedAt.milliseconds)
        row.counted(change.record.key.bytes)
        let start = row.lent.count
        RecordRow.encode(change.record, into: &row)
        return row.lent.count - start
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
