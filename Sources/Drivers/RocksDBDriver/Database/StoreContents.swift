import NestKVCore

/// What a database says of itself.
struct StoreContents {
    /// The version of everything that is stored. Another one is refused.
    static let format: UInt32 = 1
    static let formatRow = Array("format".utf8)
    static let idRow = Array("id".utf8)

    /// The version of everything that is stored.
    private(set) var format: UInt32?
    /// Where it stands.
    private(set) var state: StoreState?
    /// What names it.
    private(set) var store: UInt32?
    /// Whether a file of marks belongs to it.
    private(set) var isMarked = false
    /// Whether there is nothing at all.
    private(set) var isEmpty = true
    /// The revisions of the feed's first and last row.
    private(set) var feed: ClosedRange<Revision>?
    private var isFeedUnreadable = false

    /// Names the store, with the next write of the batch: ids of its feed from before are another store's.
    static func renew(_ batch: WriteBatch) {
        batch.put(.info, idRow, (0..<16).map { _ in UInt8.random(in: 0...255) })
    }

    /// The name of a store and its feed.
    static func name(_ store: UInt32) -> String { String(store, radix: 36) }

    /// Reads them.
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
            // The rest can be served; the verification tells what can't be read.
            isFeedUnreadable = true
            return
        }
        guard first.isValid, last.isValid, let low = UInt64(bigEndianAtEndOf: first.key),
            let high = UInt64(bigEndianAtEndOf: last.key), low <= high
        else { return }
        feed = low...high
    }

    /// Throws when it isn't a store that can be opened as it is. Nothing at all is fine: it will be made.
    func check(_ mark: DurabilityMark?, _ opening: DatabaseOpening) throws(DriverError) {
        guard let format else {
            if mark != nil { throw opening.damaged("It doesn't say what it is.") }
            guard isEmpty else { throw opening.foreign }
            return
        }
        guard format == Self.format else { throw opening.unknownFormat(format) }
        guard let state else { throw opening.damaged("It doesn't say where it stands.") }
        guard let store else { throw opening.damaged("It doesn't say which store it is.") }
        guard let mark else {
            guard !isMarked else {
                throw opening.damaged("Its file \(MarkFile.name) is missing, so nobody knows whether all is there.")
            }
            return
        }
        guard mark.store == store else {
            throw opening.damaged(
                "Its file \(MarkFile.name) belongs to the store \(Self.name(mark.store)), the rest to \(Self.name(store))."
            )
        }
        let acknowledged = mark.revision(onBoot: Machine.boot)
        guard state.revision >= acknowledged else {
            throw opening.damaged(
                "It ends with revision \(state.revision), and \(acknowledged) was acknowledged: its log "
                    + "(\(opening.logNames)) is damaged, was cut, or misses a file.")
        }
        try checkFeed(state, opening)
    }

    private func checkFeed(_ state: StoreState, _ opening: DatabaseOpening) throws(DriverError) {
        let expected = state.feedCount == 0 ? nil : (state.feedOldest + 1)...state.revision
        guard feed != expected, !isFeedUnreadable else { return }
        let found = feed.map { "revisions \($0.lowerBound) to \($0.upperBound)" } ?? "nothing"
        throw opening.damaged(
            "Its change feed should hold the changes after revision \(state.feedOldest) up to \(state.revision), and "
                + "holds \(found).")
    }
}
