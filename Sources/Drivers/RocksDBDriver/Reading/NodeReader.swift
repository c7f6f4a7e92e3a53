import NestKVCore

/// Reads what stands at, above and below a path, all at one revision.
///
/// The revision is the one published *before* anything is read, so what is read holds at least that much. Whether it
/// holds more, the writer's marks tell afterwards: a change is marked before it becomes visible. When none of the keys
/// read is marked with a later revision, what was read is exactly what stood there at that revision. Otherwise all is
/// read again from a snapshot, and the revision is the one in the snapshot's own `state` row.
///
/// So an expectation made from such a read is sound: what changes after the revision given is found by the writer.
struct NodeReader {
    let database: Database
    let table: ChangeTable
    let status: StoreStatus
    let cache: NodeCache

    /// Everything about one path.
    func read(_ key: Key, _ reach: Reach) throws(DriverError) -> NodeRecords {
        let revision = status.revision
        let marks = table.marks(of: key)
        if let known = cache.find(key, marks, reach, at: revision) { return known }
        var records = try readRows(key, reach, at: revision)
        // Asked for afterwards: what was read may be later than the marks before it.
        records.unchangedSince = min(table.marks(of: key).latest, records.revision)
        cache.keep(&records, key, marks, reach)
        return records
    }

    private func readRows(_ key: Key, _ reach: Reach, at revision: Revision) throws(DriverError) -> NodeRecords {
        do throws(RocksDBFailure) {
            let records = try database.read { view throws(RocksDBFailure) -> NodeRecords in
                let isUntouched = {
                    let marks = table.marks(of: key)
                    return marks.leaf <= revision && (reach.leavesBelow == 0 || marks.below <= revision)
                        && (!reach.ancestors || marks.ancestors <= revision)
                }
                if let records = try collect(view, key, reach, revision, isUntouched) { return records }
                return try view.atOneMoment { view throws(RocksDBFailure) in
                    let revision = try view.state().revision
                    // Never nil: a snapshot is one moment.
                    return try collect(view, key, reach, revision) { true }!
                }
            }
            guard let records else { throw Database.closed }
            return records
        } catch {
            throw status.failure(reading: "\(key)", error)
        }
    }

    /// Reads the rows; nil when `isUntouched` says that they may be of different moments.
    private func collect(
        _ view: DatabaseView, _ key: Key, _ reach: Reach, _ revision: Revision, _ isUntouched: () -> Bool
    ) throws(RocksDBFailure) -> NodeRecords? {
        var records = NodeRecords(latest: nil, ancestors: [], below: [], isTruncated: false, revision: revision)
        if reach.ancestors {
            for ancestor in key.ancestors {
                if let record = try view.record(.entries, ancestor) { records.ancestors.append(record) }
            }
        }
        guard reach.leavesBelow > 0 else {
            records.latest = try view.latest(key)
            return isUntouched() ? records : nil
        }
        // The iterator sees the moment of its making, so the marks are asked once, before the walk.
        let rows = view.rows(.entries, from: key.bytes, before: key.end)
        if rows.isValid, rows.key.count == key.bytes.count {
            records.latest = try RecordRow.decode(rows.value, key: key)
            rows.next()
        } else {
            records.latest = try view.record(.tombstones, key)
        }
        guard isUntouched() else { return nil }
        var bytes = 0
        while rows.isValid {
            guard records.below.count < reach.leavesBelow else { break }
            let record = try RecordRow.decode(rows.value, key: Key(bytes: Array(rows.key)))
            bytes += record.value.utf8.count
            guard bytes <= reach.bytesBelow else { break }
            records.below.append(record)
            rows.next()
        }
        try rows.check()
        records.isTruncated = rows.isValid
        return records
    }
}

extension DatabaseView {
    /// The record of a key; nil when there is none.
    func record(_ family: Database.Family, _ key: Key) throws(RocksDBFailure) -> Record? {
        try get(family, key.bytes) { row throws(RocksDBFailure) in try RecordRow.decode(row, key: key) }
    }

    /// The record of a leaf, or of its deletion.
    func latest(_ key: Key) throws(RocksDBFailure) -> Record? {
        if let leaf = try record(.entries, key) { return leaf }
        return try record(.tombstones, key)
    }

    /// Where the store stands.
    func state() throws(RocksDBFailure) -> StoreState {
        guard let state = try get(.info, StoreState.row, { row throws(RocksDBFailure) in try StoreState.decode(row) })
        else { throw RowReader.malformed("the state is missing") }
        return state
    }
}
