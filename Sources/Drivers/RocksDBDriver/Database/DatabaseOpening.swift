import CRocksDB
import NestKVStorage

/// An opened store.
struct OpenedStore {
    let database: Database
    let state: StoreState
    /// The name of the store and its feed.
    let identity: String
    let mark: MarkFile
    /// Whether the store was created.
    let isNew: Bool
}

/// Opens a folder as a nestkv store, or throws why that fails and what to do.
///
/// When RocksDB opens a folder, it deletes files that it takes for left over. So everything that can be checked is
/// checked before, and a refused store is left unchanged.
struct DatabaseOpening {
    let path: String
    let isSynced: Bool
    let folder: StoreFolder
    private let database: Database

    init(_ settings: RocksDBSettings) {
        path = settings.path
        isSynced = settings.isSynced
        folder = StoreFolder(path: path)
        database = Database(path: path, writeBufferBytes: settings.writeBufferBytes)
    }

    /// Opens the database, creates it if there is no store yet, and reads its state and name.
    func open() throws(DriverError) -> OpenedStore {
        try closingAfterError { () throws(DriverError) in
            let (mark, creating) = try inspect()
            let opened = try explained { () throws(RocksDBFailure) in
                try database.open(creating: creating)
                return try finish(mark, isNew: creating)
            }
            guard let opened else { throw openElsewhere(cause: nil) }
            return opened
        }
    }

    /// The store's damage, as far as opening finds it; nil: no damage found. Changes nothing.
    func diagnose() -> DriverError? {
        do throws(DriverError) {
            _ = try closingAfterError { () throws(DriverError) in try inspect() }
            return nil
        } catch {
            return error
        }
    }

    /// Checks everything without changing anything. Returns the mark, and whether to create the store.
    private func inspect() throws(DriverError) -> (DurabilityMark?, creating: Bool) {
        let isNew = try inspectFolder()
        guard !MarkFile.isLocked(in: path) else { throw openElsewhere(cause: nil) }
        let mark = try readMark()
        if isNew { return (mark, true) }
        if let damage = mark.flatMap({ ManifestSeal(folder: path).damage(since: $0.manifest) }) {
            throw damaged(damage)
        }
        if try isHalfMade(isMarked: mark != nil) { return (mark, true) }
        let contents = try explained { () throws(RocksDBFailure) in
            try database.peek(Database.Family.allCases) { view throws(RocksDBFailure) in try StoreContents(of: view) }
        }
        try contents.check(mark, self)
        return (mark, false)
    }

    /// Runs a body. If it throws, closes the database.
    private func closingAfterError<Result>(_ body: () throws(DriverError) -> Result) throws(DriverError) -> Result {
        do throws(DriverError) {
            return try body()
        } catch {
            database.close()
            throw error
        }
    }

    /// Runs a body, and explains RocksDB's error.
    private func explained<Result>(_ body: () throws(RocksDBFailure) -> Result) throws(DriverError) -> Result {
        do throws(RocksDBFailure) {
            return try body()
        } catch {
            throw explain(error)
        }
    }

    /// The content of the file of marks; nil if the file doesn't exist.
    private func readMark() throws(DriverError) -> DurabilityMark? {
        switch MarkFile.find(in: path) {
        case .nothing: return nil
        case .mark(let mark): return mark
        case .damaged:
            throw damaged(
                "Its file \(MarkFile.name) can't be read or was changed, so it is unknown whether data is missing.")
        }
    }

    /// Whether the first start was interrupted before all families were made. Throws if it is not a nestkv database.
    private func isHalfMade(isMarked: Bool) throws(DriverError) -> Bool {
        let found = Set(try explained(database.familyNames))
        let ours = Set(Database.Family.allCases.map(\.name))
        if found == ours { return false }
        guard !isMarked else {
            throw damaged("Its manifest names only the families \(found.sorted().joined(separator: ", ")).")
        }
        guard found.isSubset(of: ours) else { throw foreign }
        let isEmpty = try explained { () throws(RocksDBFailure) in
            try database.peek([.info]) { view throws(RocksDBFailure) in
                let rows = view.rows(.info, from: [], before: nil)
                try rows.check()
                return !rows.isValid
            }
        }
        // A store has all families before it gets its first row.
        guard isEmpty, folder.holdsNothing else {
            throw found.count > 1 ? damaged("Its manifest was cut.") : foreign
        }
        return true
    }

    /// Reads the state, and writes it first if the store is new; nil: another process holds the file of marks.
    private func finish(_ known: DurabilityMark?, isNew: Bool) throws(RocksDBFailure) -> OpenedStore? {
        var contents = try readContents()
        if contents.format == nil {
            try initialise()
            contents = try readContents()
        }
        guard let state = contents.state, let store = contents.store else { throw Database.closed }
        var mark = known ?? DurabilityMark(store: store)
        // What was read from the log is in a table now.
        mark.durable = state.revision
        guard let file = try MarkFile.open(in: path, mark, isSynced: isSynced) else { return nil }
        if !contents.isMarked {
            let batch = try database.makeBatch()
            batch.put(.info, MarkFile.row, [1])
            try database.write(batch, isSynced: true)
        }
        if let manifest = ManifestSeal(folder: path).newer(than: mark.manifest) { file.record(manifest) }
        return OpenedStore(
            database: database, state: state, identity: StoreContents.name(store), mark: file, isNew: isNew)
    }

    private func readContents() throws(RocksDBFailure) -> StoreContents {
        let contents = try database.read { view throws(RocksDBFailure) in try StoreContents(of: view) }
        guard let contents else { throw Database.closed }
        return contents
    }

    private func initialise() throws(RocksDBFailure) {
        var format = RowWriter(capacity: 4)
        format.integer(StoreContents.format)
        var state = StoreState()
        state.census.isWhole = true
        let batch = try database.makeBatch()
        batch.put(.info, StoreContents.formatRow, format.bytes)
        StoreContents.renew(batch)
        batch.put(.info, StoreState.row, state.encode())
        try database.write(batch, isSynced: true)
    }
}
