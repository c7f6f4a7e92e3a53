import Logging
import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

/// Reads the whole store once after the start, as of that moment, and compares it with the store's own counts. This
/// finds damage that RocksDB notices only when a part is read.
///
/// It takes at most a quarter of a core, at the lowest priority, and blocks no other work for long.
final class Verification {
    private let database: Database
    private let status: StoreStatus
    private let logger: Logger
    private var census = Census()
    private var lastChange: Revision = 0
    private var isSound = true

    /// A verification of an open database.
    init(database: Database, status: StoreStatus, logger: Logger) {
        self.database = database
        self.status = status
        self.logger = logger
    }

    /// Reads everything. Runs on a thread of its own.
    func run() {
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        database.pin()
        defer {
            database.unpin()
            status.reportVerified()
        }
        let start = ContinuousClock.now
        var state: StoreState?
        let isOpen: Void? = check("the state") { () throws(RocksDBFailure) in
            state = try database.readPinned { view throws(RocksDBFailure) in try view.state() }
        }
        guard isOpen != nil, let state else { return }
        lastChange = state.feedOldest
        for family in Database.Family.allCases {
            guard walk(family, state) else { return }
        }
        if isSound { compare(with: state) }
        guard isSound else { return }
        logger.debug(
            "the store was read completely and is undamaged",
            metadata: ["leaves": "\(census.leaves)", "duration": "\(start.duration(to: .now))"])
    }

    private func compare(with state: StoreState) {
        if lastChange != state.revision {
            found("The change feed ends with revision \(lastChange), but revision \(state.revision) was acknowledged.")
        }
        if !state.census.isWhole {
            census.leaves &-= state.census.leaves
            census.sum &-= state.census.sum
            status.report(uncounted: census)
        } else if census.leaves != state.census.leaves {
            found("The store holds \(census.leaves) leaves, but \(state.census.leaves) were acknowledged.")
        } else if census.sum != state.census.sum {
            found("The store holds other versions of leaves than were acknowledged.")
        }
    }

    /// Reads a family, part by part; false if the database was closed.
    private func walk(_ family: Database.Family, _ state: StoreState) -> Bool {
        var next: [UInt8]? = []
        while let start = next {
            let clock = ContinuousClock.now
            var isOpen = true
            check(family == .info ? "the store's own rows" : "the \(family)") { () throws(RocksDBFailure) in
                // If this throws, the family ends here.
                next = nil
                let end = try database.readPinned { view throws(RocksDBFailure) in
                    try readPart(view, family, from: start, state)
                }
                guard let end else { return isOpen = false }
                next = end
            }
            guard isOpen else { return false }
            usleep(UInt32(clamping: (clock.duration(to: .now) * 3).microseconds))
        }
        return true
    }

    /// Reads some rows. Returns where the next part begins.
    private func readPart(
        _ view: DatabaseView, _ family: Database.Family, from start: [UInt8], _ state: StoreState
    ) throws(RocksDBFailure) -> [UInt8]? {
        let rows = view.rows(family, from: start, before: nil)
        var bytes = 0
        while rows.isValid, bytes < 256 << 10 {
            switch family {
            case .entries: try checkLeaf(rows.key, rows.value, state)
            case .feed: try checkChange(rows.key, rows.value)
            default: break
            }
            bytes += rows.value.count + 512
            rows.next()
        }
        try rows.check()
        return rows.isValid ? Array(rows.key) : nil
    }

    private func checkLeaf(
        _ key: UnsafeRawBufferPointer, _ row: UnsafeRawBufferPointer, _ state: StoreState
    ) throws(RocksDBFailure) {
        let record = try RecordRow.decode(row, key: Key(bytes: Array(key)))
        guard record.revision <= state.revision else {
            throw RowReader.malformed("\(record.key) has revision \(record.revision), the store only \(state.revision)")
        }
        census.add(key, record.revision)
    }

    private func checkChange(
        _ key: UnsafeRawBufferPointer, _ row: UnsafeRawBufferPointer
    ) throws(RocksDBFailure) {
        guard let revision = UInt64(bigEndianAtEndOf: key), revision == lastChange + 1 else {
            throw RowReader.malformed("the change after revision \(lastChange) is missing")
        }
        _ = try ChangeRow.decode(row)
        lastChange = revision
    }

    @discardableResult
    private func check(_ what: String, _ body: () throws(RocksDBFailure) -> Void) -> Void? {
        do throws(RocksDBFailure) {
            return try body()
        } catch {
            guard error.isCorruption else {
                logger.warning("the store can't be verified now", metadata: ["cause": "\(error)"])
                return nil
            }
            found("A part of \(what) can't be read.", cause: error.description)
            return nil
        }
    }

    private func found(_ problem: String, cause: String? = nil) {
        isSound = false
        let message =
            "The store is damaged. \(problem) The remaining data is served. Stop the service, then restore a backup or "
            + "run 'nestkv repair-store' to see what can be saved."
        logger.error("\(message)", metadata: cause.map { ["cause": "\($0)"] } ?? [:])
        status.report(damage: message)
    }
}

extension Duration {
    /// Whole microseconds.
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
