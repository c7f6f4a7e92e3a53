import NestKVStorage

/// A database's description of itself.
struct StoreContents {
    /// The version of the storage format. Other versions are refused.
    static let format: UInt32 = 1
    static let formatRow = Array("format".utf8)
    static let idRow = Array("id".utf8)

    /// The version of the storage format.
    private(set) var format: UInt32?
    /// The store's state.
    private(set) var state: StoreState?
    /// The store's name.
    private(set) var store: UInt32?
    /// Whether the store has a file of marks.
    private(set) var isMarked = false
    /// Whether the database has no row.
    private(set) var isEmpty = true
    /// The revisions of the feed's first and last row.
    private(set) var feed: ClosedRange<Revision>?
    private var isFeedUnreadable = false

    /// Gives the store a new name, with the next write of the batch. Event ids from before are then another store's.
    static func renew(_ batch: WriteBatch) {
        batch.put(.info, idRow, (0..<16).map { _ in UInt8.random(in: 0...255) })
    }

    /// The name of a store and its feed.
    static func name(_ store: UInt32) -> String { String(store, radix: 36) }

    /// Reads the description.
    init(of view: DatabaseView) throws(RocksDBFailure) {
        format = try view.get(.info, Self.formatRow) { row throws(RocksDBFailure) in
            var reader = RowReader(row)
            return try reader.integer(UInt32.self)
        }
        store = try view.get(.info, Self.idRow) { row throws(RocksDBFailure) in
            var reader = RowReader(row)
            return try reader.integer(UInt32.self)
        }
        guard let format else {
            for family in Database.Family.allCases where isEmpty {
                let rows = view.rows(family, from: [], before: nil)
                try rows.check()
                isEmpty = !rows.isValid
            }
            return
        }
        guard format == Self.format else { return }
        state = try view.get(.info, StoreState.row) { row throws(RocksDBFailure) in try StoreState.decode(row) }
        isMarked = try view.get(.info, MarkFile.row) { _ in true } ?? false
        let start = [UInt8](feedRow: (state?.feedOldest ?? 0) + 1)
        let first = view.rows(.feed, from: start, before: nil)
        let last = view.rows(.feed, from: start, before: nil, isBackward: true)
        do throws(RocksDBFailure) {
            try first.check()
            try last.check()
        } catch {
            // The rest can be served. The verification reports what can't be read.
            isFeedUnreadable = true
            return
        }
        guard first.isValid, last.isValid, let low = UInt64(bigEndianAtEndOf: first.key),
            let high = UInt64(bigEndianAtEndOf: last.key), low <= high
        else { return }
        feed = low...high
    }

    /// Throws if the store can't be opened without a repair. An empty database is fine: it will be initialized.
    func check(_ mark: DurabilityMark?, _ opening: DatabaseOpening) throws(DriverError) {
        guard let format else {
            if mark != nil { throw opening.damaged("Its format row is missing.") }
            guard isEmpty else { throw opening.foreign }
            return
        }
        guard format == Self.format else { throw opening.unknownFormat(format) }
        guard let state else { throw opening.damaged("Its state row is missing.") }
        guard let store else { throw opening.damaged("Its identity row is missing.") }
        guard let mark else {
            guard !isMarked else {
                throw opening.damaged("Its file \(MarkFile.name) is missing, so it is unknown whether data is missing.")
            }
            return
        }
        guard mark.store == store else {
            throw opening.damaged(
                "Its file \(MarkFile.name) belongs to the store \(Self.name(mark.store)), the other files belong to "
                    + "\(Self.name(store))."
            )
        }
        let acknowledged = mark.revision(onBoot: Machine.boot)
        guard state.revision >= acknowledged else {
            throw opening.damaged(
                "It ends with revision \(state.revision), but revision \(acknowledged) was acknowledged: its log "
                    + "(\(opening.logNames)) is damaged, was cut, or misses a file.")
        }
        try checkFeed(state, opening)
    }

    private func checkFeed(_ state: StoreState, _ opening: DatabaseOpening) throws(DriverError) {
        let expected = state.feedCount == 0 ? nil : (state.feedOldest + 1)...state.revision
        guard feed != expected, !isFeedUnreadable else { return }
        let found = feed.map { "revisions \($0.lowerBound) to \($0.upperBound)" } ?? "nothing"
        throw opening.damaged(
            "Its change feed should hold the changes after revision \(state.feedOldest) up to \(state.revision), but "
                + "it holds \(found).")
    }
}
