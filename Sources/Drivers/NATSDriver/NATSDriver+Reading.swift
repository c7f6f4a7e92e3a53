import NestKVStorage

extension NATSDriver {
    func node(_ key: Key, _ reach: Reach) async throws(DriverError) -> NodeRecords {
        try await withBucket(of: key, absent: NodeRecords.nothing) { bucket, _ throws(DriverError) in
            if let known = try await bucket.known(key, reach) { return known }
            guard reach.leavesBelow > 0, !reach.mayBeOutdated else {
                return try await bucket.readNode(key, reach)
            }
            return try await bucket.subtreeReads.read(SubtreeRead(key, reach)) { () throws(DriverError) in
                try await bucket.readNode(key, reach)
            }
        }
    }

    func scan(_ key: Key, after: Key?, limit: Int) async throws(DriverError) -> Page {
        guard limit > 0 else { return Page(records: [], hasMore: false) }
        if key == .root { return try await scanAll(after: after, limit: limit) }
        let none = Page(records: [], hasMore: false)
        return try await withBucket(of: key, absent: none) { bucket, _ throws(DriverError) in
            try await bucket.leaves(key, after: after, limit: limit)
        }
    }

    private func scanAll(after: Key?, limit: Int) async throws(DriverError) -> Page {
        var page = Page(records: [], hasMore: false)
        for name in try await entryPoints() {
            let key = Key([name])
            if let after, key < after, !key.isAncestor(of: after) { continue }
            let part = try await scan(key, after: after, limit: limit + 1 - page.records.count)
            page.records += part.records
            guard page.records.count <= limit else { break }
        }
        page.hasMore = page.records.count > limit
        page.records = Array(page.records.prefix(limit))
        return page
    }

    func names(below key: Key, after: [UInt8]?, limit: Int) async throws(DriverError) -> [[UInt8]] {
        let all: [[UInt8]]
        if key == .root {
            all = try await entryPoints()
        } else {
            all = try await withBucket(of: key, absent: []) { bucket, _ throws(DriverError) in
                let filter = bucket.filter(below: key)
                var rows = try await bucket.last(matching: filter, hasValues: false).rows
                // A value of another program is a leaf only if it is JSON.
                if rows.contains(where: { $0.stored?.isReadable == false }) {
                    rows = try await bucket.last(matching: filter).rows
                }
                var latest: [Key: StoredRecord] = [:]
                for case (let stored?, _) in rows where key.isAncestor(of: stored.key) { latest[stored.key] = stored }
                let live = latest.values.lazy.filter { $0.operation == .set }
                return Set(live.map { Array($0.key.segments(below: key)[0]) })
                    .sorted { $0.lexicographicallyPrecedes($1) }
            }
        }
        let rest = all.lazy.filter { name in after.map { $0.lexicographicallyPrecedes(name) } ?? true }
        return Array(rest.prefix(max(limit, 0)))
    }

    /// The entry points that can be used. An unusable stream of another program must not block the others.
    private func entryPoints() async throws(DriverError) -> [[UInt8]] {
        var usable: [[UInt8]] = []
        for name in try await table.entryPoints() {
            do throws(DriverError) {
                if try await table.find(name) != nil { usable.append(name) }
            } catch {
                if error.kind != .unsupported { throw error }
            }
        }
        return usable
    }

    func revisions(of key: Key, limit: Int) async throws(DriverError) -> [Record] {
        try await withBucket(of: key, absent: []) { bucket, _ throws(DriverError) in
            // Values that aren't JSON before the first leaf count as nothing.
            let history = try await bucket.history(of: key).drop { !$0.isReadable }
            return Array(history.reversed().map(\.record).prefix(max(limit, 0)))
        }
    }

    func version(_ version: UInt64, of key: Key) async throws(DriverError) -> Record? {
        try await revisions(of: key, limit: .max).first { $0.version == version }
    }
}

extension NATSDriver {
    /// Reads in the bucket of a key's entry point, and once more if the bucket turns out to be replaced.
    private func withBucket<Result>(
        of key: Key, absent: @autoclosure () -> Result,
        _ body: (Bucket, BucketWriter) async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        for attempt in 0... {
            guard let entry = try await table.find(Array(key.entryPoint)) else { return absent() }
            do throws(DriverError) {
                return try await body(entry.bucket, entry.writer)
            } catch {
                guard error.kind == .unavailable, await !table.check(entry.bucket), attempt == 0 else { throw error }
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// Runs a body on a bucket. If it fails, checks whether the bucket was deleted.
    func checked<Result>(
        _ entry: BucketTable.Entry, _ body: () async throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        do throws(DriverError) {
            return try await body()
        } catch {
            if error.kind == .unavailable { await table.check(entry.bucket) }
            throw error
        }
    }
}

extension NodeRecords {
    /// The records of an entry point that doesn't exist.
    fileprivate static let nothing = NodeRecords(revision: 0)

    /// Takes as many of the leaves below as requested.
    fileprivate mutating func take(_ all: [Record], _ reach: Reach) {
        guard reach.leavesBelow > 0 else { return }
        var bytes = 0
        for record in all {
            bytes += record.value.utf8.count
            guard below.count < reach.leavesBelow, bytes <= reach.bytesBelow else {
                isTruncated = true
                return
            }
            below.append(record)
        }
    }
}

extension Bucket {
    /// Reads a path from the server.
    fileprivate func readNode(_ key: Key, _ reach: Reach) async throws(DriverError) -> NodeRecords {
        let marks = table.marks(of: key)
        let reading = try await read(key, reach)
        // Values below are returned even if the path's own value can't be.
        if let stored = reading.latest, !stored.isReadable, reading.below.isEmpty { throw notJSON(key) }
        if reading.latest?.operation != .set { noteAbsence(reading.latest, of: key, at: reading.revision) }
        var records = NodeRecords(
            latest: reading.latest?.record, ancestors: reading.ancestors.map(\.record),
            isTruncated: reading.isTruncated, revision: reading.revision)
        records.take(reading.below.map(\.record), reach)
        keep(&records, of: reading, key, marks, reach)
        return records
    }
}
