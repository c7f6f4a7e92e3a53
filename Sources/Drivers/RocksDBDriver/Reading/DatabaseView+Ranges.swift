import NestKVStorage

extension DatabaseView {
    /// A page of leaves.
    func scan(_ key: Key, after: Key?, limit: Int) throws(RocksDBFailure) -> Page {
        var page = Page(records: [], hasMore: false)
        guard limit > 0 else { return page }
        var start = key.bytes
        if let after, key <= after {
            guard key.contains(after) else { return page }
            start = after.successor
        }
        let rows = rows(.entries, from: start, before: key.end)
        while rows.isValid, page.records.count < limit {
            page.records.append(try RecordRow.decode(rows.value, key: Key(bytes: Array(rows.key))))
            rows.next()
        }
        try rows.check()
        page.hasMore = rows.isValid
        return page
    }

    /// A page of names. After each name it skips everything below that name.
    func names(below key: Key, after: [UInt8]?, limit: Int) throws(RocksDBFailure) -> [[UInt8]] {
        let start = after.map { key.bytes + $0 + [1] } ?? key.bytes + [0]
        let rows = rows(.entries, from: key.bytes.isEmpty && after == nil ? [] : start, before: key.end)
        var names: [[UInt8]] = []
        while rows.isValid, names.count < limit {
            let rest = rows.key[key.bytes.count...]
            guard let end = rest.firstIndex(of: 0) else { throw RowReader.malformed("a key without an end") }
            let name = Array(rest[..<end])
            names.append(name)
            // Mostly a name has nothing below it, so the next row has the next name. Seeking costs ten times as much.
            rows.next()
            if rows.isValid, rows.key[key.bytes.count...].starts(with: name + [0]) { rows.seek(key.bytes + name + [1]) }
        }
        try rows.check()
        return names
    }

    /// The retained records of a leaf, newest first.
    func revisions(of key: Key, limit: Int, historyDepth: Int) throws(RocksDBFailure) -> [Record] {
        guard limit > 0, let latest = try latest(key) else { return [] }
        var records = [latest]
        // If a greater depth was configured before, more rows may exist than are retained now.
        let oldest = latest.version - min(latest.version, UInt64(historyDepth))
        let rows = rows(
            .history, from: key.historyRow(version: oldest), before: key.historyRow(version: latest.version),
            isBackward: true)
        while rows.isValid, records.count < limit {
            records.append(try RecordRow.decode(rows.value, key: key))
            rows.previous()
        }
        try rows.check()
        return records
    }

    /// One retained version of a leaf.
    func version(_ version: UInt64, of key: Key, historyDepth: Int) throws(RocksDBFailure) -> Record? {
        guard let latest = try latest(key), version <= latest.version else {
            return nil
        }
        if version == latest.version { return latest }
        guard latest.version - version <= UInt64(historyDepth) else { return nil }
        return try get(.history, key.historyRow(version: version)) { row throws(RocksDBFailure) in
            try RecordRow.decode(row, key: key)
        }
    }

    /// The expired leaves, the soonest first.
    func expired(by time: Timestamp, limit: Int) throws(RocksDBFailure) -> [Record] {
        var records: [Record] = []
        let rows = rows(
            .info, from: [UInt8](expiryRowsFrom: Timestamp(milliseconds: 0)),
            before: [UInt8](expiryRowsFrom: time + .milliseconds(1)))
        while rows.isValid, records.count < limit {
            let key = Key(bytes: [UInt8].expiringKey(UnsafeRawBufferPointer(rows.key)))
            let record = try get(.entries, key.bytes) { row throws(RocksDBFailure) in
                try RecordRow.decode(row, key: key)
            }
            // The leaf may have changed between the two reads.
            if let record, record.isExpired(at: time) { records.append(record) }
            rows.next()
        }
        try rows.check()
        return records
    }

    /// The changes after a revision: whole commits, unless one alone is longer than the limit.
    func changes(after revision: Revision, limit: Int) throws(RocksDBFailure) -> [Change] {
        guard limit > 0, revision < .max else { return [] }
        var changes: [Change] = []
        let rows = rows(.feed, from: [UInt8](feedRow: revision + 1), before: nil)
        while rows.isValid, changes.count < limit {
            changes.append(try ChangeRow.decode(rows.value))
            rows.next()
        }
        try rows.check()
        let whole = changes.lastIndex { $0.revision == $0.commitRevision }
        if let whole { changes.removeSubrange((whole + 1)...) }
        return changes
    }
}
