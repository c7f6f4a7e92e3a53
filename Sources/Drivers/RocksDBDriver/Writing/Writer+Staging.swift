import NestKVStorage

extension Writer {
    /// Checks a transaction and adds its changes to the group, or throws and leaves the group unchanged.
    func stage(_ transaction: Transaction) throws(DriverError) -> Receipt {
        try checkReads(of: transaction)
        // Those of the leaves that are created.
        var tombstones: [Record?] = []
        for change in transaction.changes {
            let key = change.draft.key
            try checkLeaf(key, change.replacing?.revision, transaction.readAt)
            if change.replacing == nil { tombstones.append(try tombstone(of: key)) }
        }
        // From here on nothing is refused.
        let last = staged.revision + Revision(transaction.changes.count)
        var records: [Record] = []
        records.reserveCapacity(transaction.changes.count)
        let now = Timestamp.now
        var tombstone = tombstones.makeIterator()
        for change in transaction.changes {
            let previous = change.replacing ?? tombstone.next() ?? nil
            let record = change.draft.stamped(after: previous, revision: staged.revision + 1)
            let batch = try makeBatch()
            if let previous { replace(previous, in: batch) }
            add(Change(operation: change.operation, record: record, commitRevision: last), at: now, to: batch)
            records.append(record)
        }
        return Receipt(records: records, revision: staged.revision, durability: settings.durability)
    }

    private func makeBatch() throws(DriverError) -> WriteBatch {
        if let batch = group.batch { return batch }
        do {
            let batch = try database.makeBatch()
            group.batch = batch
            return batch
        } catch {
            throw .writing(error)
        }
    }

    /// Moves a key's latest record to its history.
    private func replace(_ previous: Record, in batch: WriteBatch) {
        let key = previous.key
        if settings.historyDepth > 0 {
            row.clear()
            RecordRow.encode(previous, into: &row)
            batch.put(.history, key.historyRow(version: previous.version), row.lent)
        }
        trimHistory(of: key, before: previous, in: batch)
        if let time = previous.expiresAt { batch.delete(.info, [UInt8](expiryRow: time, key)) }
        if previous.isDeleted {
            batch.delete(.tombstones, key.bytes)
            batch.delete(.info, [UInt8](deletionRow: previous.revision))
            staged.tombstones -= 1
        } else {
            staged.census.remove(key.bytes, previous.revision)
        }
    }

    /// Adds a change to the feed, and its record.
    private func add(_ change: Change, at now: Timestamp, to batch: WriteBatch) {
        let record = change.record
        let key = record.key
        row.clear()
        let recordBytes = ChangeRow(change: change, committedAt: now).encode(into: &row)
        batch.put(.feed, [UInt8](feedRow: change.revision), row.lent)
        staged.feedBytes += UInt64(row.lent.count)
        let recordRow = UnsafeRawBufferPointer(rebasing: row.lent.suffix(recordBytes))
        if record.isDeleted {
            batch.delete(.entries, key.bytes)
            batch.put(.tombstones, key.bytes, recordRow)
            batch.put(.info, [UInt8](deletionRow: record.revision), key.bytes)
            staged.tombstones += 1
        } else {
            batch.put(.entries, key.bytes, recordRow)
            staged.census.add(key.bytes, record.revision)
        }
        if let time = record.expiresAt { batch.put(.info, [UInt8](expiryRow: time, key), []) }
        staged.revision = record.revision
        table.mark(key, record.revision)
        group.records.append(record)
    }

    /// Deletes older records that are no longer retained, several at once, which saves most writes a row.
    private func trimHistory(of key: Key, before previous: Record, in batch: WriteBatch) {
        let depth = UInt64(settings.historyDepth)
        guard previous.version > depth, previous.version % Self.historySlack == 0 else { return }
        batch.delete(
            .history, from: key.historyRow(version: 0), before: key.historyRow(version: previous.version - depth + 1))
    }

    /// The most rows of a leaf's history that stay although they are no longer retained. Readers know the depth.
    private static let historySlack: UInt64 = 16
}

extension Writer {
    /// Checks what a transaction expects of paths besides the leaves that it changes. Mostly marks show that nothing
    /// changed in a path that was read, and no expectations are made from it.
    private func checkReads(of transaction: Transaction) throws(DriverError) {
        let areUntouched = transaction.reads.allSatisfy { read in
            let marks = table.marks(of: read.key)
            return isUntouched(read.isLeafOnly ? marks.leaf : marks.latest, since: transaction.readAt)
        }
        let expectations = areUntouched ? transaction.stated : transaction.expectations
        for expectation in expectations { try check(expectation, transaction.readAt) }
    }

    private func check(_ expectation: Expectation, _ readAt: Revision) throws(DriverError) {
        switch expectation {
        case .leaf(let key, let revision): try checkLeaf(key, revision, readAt)
        case .below(let key, let records): try checkBelow(key, records, readAt)
        }
    }

    /// Whether a mark shows no change since the read.
    private func isUntouched(_ mark: Revision, since readAt: Revision) -> Bool {
        mark <= readAt && readAt <= committed.revision
    }

    private func checkLeaf(_ key: Key, _ expected: Revision?, _ readAt: Revision) throws(DriverError) {
        if isUntouched(table.marks(of: key).leaf, since: readAt) { return }
        let revision: Revision?
        if let record = group.latest(key) {
            revision = record.isDeleted ? nil : record.revision
        } else {
            revision = try read(key) { view throws(RocksDBFailure) in
                try view.get(.entries, key.bytes) { row throws(RocksDBFailure) in try RecordRow.revision(row) }
            }
        }
        guard revision == expected else { throw .conflict(at: key) }
    }

    private func checkBelow(_ key: Key, _ expected: [Record], _ readAt: Revision) throws(DriverError) {
        let mark = table.marks(of: key).below
        if isUntouched(mark, since: readAt) { return }
        // The rows on disk are read, so the group's changes below must be written first.
        if mark > committed.revision { write() }
        let isAsExpected = try read(key) { view throws(RocksDBFailure) in
            let rows = view.rows(.entries, from: key.successor, before: key.end)
            for record in expected {
                guard rows.isValid, rows.key.elementsEqual(record.key.bytes),
                    try RecordRow.revision(rows.value) == record.revision
                else { return false }
                rows.next()
            }
            try rows.check()
            return !rows.isValid
        }
        guard isAsExpected else { throw .conflict(at: key) }
    }

    /// The record of a key's deletion, if there is no leaf.
    private func tombstone(of key: Key) throws(DriverError) -> Record? {
        if table.marks(of: key).leaf > committed.revision, let record = group.latest(key) { return record }
        return try read(key) { view throws(RocksDBFailure) in
            try view.get(.tombstones, key.bytes) { row throws(RocksDBFailure) in
                try RecordRow.decode(row, key: key)
            }
        }
    }

    private func read<Result>(
        _ key: Key, _ body: (DatabaseView) throws(RocksDBFailure) -> Result
    ) throws(DriverError) -> Result {
        do throws(RocksDBFailure) {
            guard let result = try database.read(body) else { throw Database.closed }
            return result
        } catch {
            throw status.failure(reading: "\(key)", error)
        }
    }
}
