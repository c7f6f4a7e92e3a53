import NestKVStorage

/// Copies all readable rows of a database into a new one and makes them a consistent store: the feed says what a leaf
/// was last, histories belong to leaves, and derived rows are computed again.
struct SalvageCopy {
    private let old: Database
    private let new: Database
    private(set) var report: RepairReport
    private var state = StoreState()
    private var batch: WriteBatch
    /// The latest revision of each leaf in the feed.
    private var latest: [[UInt8]: Revision] = [:]
    /// The last changes of the feed, without a gap.
    private var tail: ClosedRange<Revision>?
    private static let batchBytes = UInt64(4 << 20)
    private static let lostShown = 20

    init(from old: Database, to new: Database, mark: DurabilityMark?, report: RepairReport) throws(RocksDBFailure) {
        self.old = old
        self.new = new
        self.report = report
        batch = try new.makeBatch()
        self.report.lastAcknowledged = mark?.revision(onBoot: Machine.boot) ?? 0
    }

    /// Copies everything. Returns the new store's revision.
    mutating func run() throws(RocksDBFailure) -> Revision {
        let before = (try? old.read { view throws(RocksDBFailure) in try view.state() }) ?? nil
        if let before, before.census.isWhole { report.leavesBefore = before.census.leaves }
        try readFeed()
        try copyLeaves()
        try addFromFeed()
        try copyTombstones()
        try copyHistory()
        report.lastFound = max(state.revision, before?.revision ?? 0)
        // No revision is used twice.
        state.revision = max(report.lastFound, report.lastAcknowledged)
        report.lastAcknowledged = state.revision
        try copyFeed()
        state.census.isWhole = true
        batch.put(.info, StoreState.row, state.encode())
        try new.write(batch, isSynced: true)
        return state.revision
    }

    /// Lends the rows of a family and counts unreadable parts. A malformed row is left out.
    private mutating func each(
        _ family: Database.Family,
        _ body: (inout Self, UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(RocksDBFailure) -> Void
    ) throws(RocksDBFailure) {
        var malformed = 0
        var copy = self
        let gaps = try Salvage(database: old, family: family).rows { key, value throws(RocksDBFailure) in
            do throws(RocksDBFailure) {
                try body(&copy, key, value)
                try copy.writeWhenLarge()
            } catch {
                guard error.isCorruption else { throw error }
                malformed += 1
            }
        }
        self = copy
        if gaps + malformed > 0 {
            report.unreadable.append((family.rawValue == 0 ? "notes" : family.name, gaps + malformed))
        }
    }

    private mutating func writeWhenLarge() throws(RocksDBFailure) {
        guard batch.bytes > Self.batchBytes else { return }
        try new.write(batch, isSynced: false)
        batch = try new.makeBatch()
    }

    private mutating func flushBatch() throws(RocksDBFailure) {
        try new.write(batch, isSynced: false)
        batch = try new.makeBatch()
    }

    private mutating func readFeed() throws(RocksDBFailure) {
        try each(.feed) { (copy, key, value) throws(RocksDBFailure) in
            guard let revision = UInt64(bigEndianAtEndOf: key) else { throw RowReader.malformed("a change's key") }
            let change = try ChangeRow.decode(value)
            copy.latest[change.record.key.bytes] = revision
            copy.tail =
                (copy.tail.map { $0.upperBound + 1 == revision } ?? false)
                ? copy.tail!.lowerBound...revision : revision...revision
            copy.state.revision = max(copy.state.revision, revision)
        }
    }

    private func change(_ revision: Revision) throws(RocksDBFailure) -> Change? {
        try old.read { view throws(RocksDBFailure) in
            try view.get(.feed, [UInt8](feedRow: revision)) { row throws(RocksDBFailure) in try ChangeRow.decode(row) }
        } ?? nil
    }

    private mutating func copyLeaves() throws(RocksDBFailure) {
        try each(.entries) { (copy, key, value) throws(RocksDBFailure) in
            let key = Key(bytes: Array(key))
            let record = try RecordRow.decode(value, key: key)
            // The feed has another revision of the leaf. It is copied next.
            if let revision = copy.latest[key.bytes], revision != record.revision { return }
            copy.latest[key.bytes] = nil
            copy.add(record)
        }
    }

    private mutating func add(_ record: Record) {
        batch.put(.entries, record.key.bytes, RecordRow.encode(record))
        if let time = record.expiresAt { batch.put(.info, [UInt8](expiryRow: time, record.key), []) }
        state.census.add(record.key.bytes, record.revision)
        state.revision = max(state.revision, record.revision)
        report.leaves += 1
    }

    private mutating func addFromFeed() throws(RocksDBFailure) {
        for (_, revision) in latest {
            guard let change = try change(revision) else { continue }
            if change.record.isDeleted {
                addTombstone(change.record)
            } else {
                add(change.record)
                report.leavesFromFeed += 1
            }
            try writeWhenLarge()
        }
        try flushBatch()
    }

    private mutating func addTombstone(_ record: Record) {
        batch.put(.tombstones, record.key.bytes, RecordRow.encode(record))
        batch.put(.info, [UInt8](deletionRow: record.revision), record.key.bytes)
        state.tombstones += 1
        state.revision = max(state.revision, record.revision)
    }

    private func known(_ key: Key) throws(RocksDBFailure) -> Record? {
        try new.read { view throws(RocksDBFailure) in try view.latest(key) } ?? nil
    }

    private mutating func copyTombstones() throws(RocksDBFailure) {
        try each(.tombstones) { (copy, key, value) throws(RocksDBFailure) in
            let key = Key(bytes: Array(key))
            let record = try RecordRow.decode(value, key: key)
            if try copy.known(key) == nil { copy.addTombstone(record) }
        }
        try flushBatch()
    }

    private mutating func copyHistory() throws(RocksDBFailure) {
        var last: (key: Key, version: UInt64?)?
        try each(.history) { (copy, row, value) throws(RocksDBFailure) in
            let key = Key(bytes: Array(row.dropLast(8)))
            let record = try RecordRow.decode(value, key: key)
            if last?.key != key {
                last = (key, try copy.known(key)?.version)
                if last?.version == nil, copy.report.lost.count < Self.lostShown { copy.report.lost.append("\(key)") }
            }
            guard let version = last?.version, record.version < version else { return }
            copy.batch.put(.history, Array(row), RecordRow.encode(record))
        }
    }

    private mutating func copyFeed() throws(RocksDBFailure) {
        state.feedOldest = state.revision
        guard let run = tail, run.upperBound == state.revision else { return }
        report.feed = run
        state.feedOldest = run.lowerBound - 1
        for revision in run {
            let row =
                try old.read { view throws(RocksDBFailure) in
                    try view.get(.feed, [UInt8](feedRow: revision)) { row in Array(row) }
                } ?? nil
            guard let row else { throw RowReader.malformed("the change \(revision) is missing") }
            batch.put(.feed, [UInt8](feedRow: revision), row)
            state.feedBytes += UInt64(row.count)
            try writeWhenLarge()
        }
    }
}
