import NestKVStorage

/// Reads the records at, above and below a path, all at one revision.
///
/// The revision is the one published *before* the read, so the read has at least its changes. Afterwards the writer's
/// marks tell whether it has more: a change is marked before it becomes visible. If none of the keys read is marked
/// with a later revision, the read is exactly the state at that revision. Otherwise everything is read again from a
/// snapshot, and the revision is the one in the snapshot's own `state` row.
///
/// So an expectation made from such a read is sound: the writer finds every change after its revision.
struct NodeReader {
    let database: Database
    let table: ChangeTable
    let status: StoreStatus
    let cache: NodeCache

    /// Reads one path.
    func read(_ key: Key, _ reach: Reach) throws(DriverError) -> NodeRecords {
        let revision = status.revision
        let marks = table.marks(of: key)
        if let known = cache.find(key, marks, reach, at: revision) { return known }
        var records = try readRows(key, reach, at: revision)
        // Asked afterwards, because what was read may be later than the marks before it.
        records.unchangedSince = min(table.marks(of: key).latest, records.revision)
        cache.keep(&records, key, marks, reach)
        return records
    }

    /// ``Driver/unchanged(_:)``. A later read has at least the changes of the revision published now.
    func unchanged(_ key: Key) -> Unchanged { table.unchanged(key, since: status.revision) }

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
                    // Never nil, because a snapshot is one moment.
                    return try collect(view, key, reach, revision) { true }!
                }
            }
            guard let records else { throw Database.closed }
            return records
        } catch {
            throw status.failure(reading: "\(key)", error)
        }
    }

    /// Reads the rows; nil if `isUntouched` says that they may be from different moments.
    private func collect(
        _ view: DatabaseView, _ key: Key, _ reach: Reach, _ revision: Revision, _ isUntouched: () -> Bool
    ) throws(RocksDBFailure) -> NodeRecords? {
        var records = NodeRecords(revision: revision)
        if reach.ancestors {
            for ancestor in key.ancestors {
                if let record = try view.record(.entries, ancestor) { records.ancestors.append(record) }
            }
        }
        guard reach.leavesBelow > 0 else {
            records.latest = try view.latest(key)
            return isUntouched() ? records : nil
        }
        // The iterator sees the moment at which it was made, so the marks are checked once, before the walk.
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
    /// The record of a key; nil if it doesn't exist.
    func record(_ family: Database.Family, _ key: Key) throws(RocksDBFailure) -> Record? {
        try get(family, key.bytes) { row throws(RocksDBFailure) in try RecordRow.decode(row, key: key) }
    }

    /// The record of a leaf, or of its deletion.
    func latest(_ key: Key) throws(RocksDBFailure) -> Record? {
        if let leaf = try record(.entries, key) { return leaf }
        return try record(.tombstones, key)
    }

    /// The store's state.
    func state() throws(RocksDBFailure) -> StoreState {
        guard let state = try get(.info, StoreState.row, { row throws(RocksDBFailure) in try StoreState.decode(row) })
        else { throw RowReader.malformed("the state is missing") }
        return state
    }
}
