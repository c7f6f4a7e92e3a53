import CRocksDB

/// A reader's view: the present state, or a snapshot of one moment.
struct DatabaseView {
    fileprivate let handles: Database.Handles
    fileprivate let options: OpaquePointer
    fileprivate var snapshot: OpaquePointer?
    /// Whether rows that are walked over stay in the cache.
    fileprivate var fillsCache = true

    /// A view of the present state.
    init(handles: Database.Handles, options: OpaquePointer) {
        self.handles = handles
        self.options = options
    }

    /// A view of one moment, for one walk through everything.
    init(handles: Database.Handles, snapshotOptions: OpaquePointer, snapshot: OpaquePointer) {
        self.init(handles: handles, options: snapshotOptions)
        self.snapshot = snapshot
        fillsCache = false
    }

    /// The names of the database's tables.
    var tableNames: [String] {
        guard let files = rocksdb_livefiles(handles.database) else { return [] }
        defer { rocksdb_livefiles_destroy(files) }
        return (0..<rocksdb_livefiles_count(files)).compactMap { index in
            rocksdb_livefiles_name(files, index).map { String(String(cString: $0).drop { $0 == "/" }) }
        }
    }

    /// The number of the oldest log that isn't in tables yet.
    var oldestLog: UInt64 {
        var number: UInt64 = 0
        let code = rocksdb_property_int(handles.database, "rocksdb.min-log-number-to-keep", &number)
        return code == 0 ? number : .max
    }

    /// Lends a row's bytes; nil if the row doesn't exist.
    func get<Result>(
        _ family: Database.Family, _ key: [UInt8], _ body: (UnsafeRawBufferPointer) throws(RocksDBFailure) -> Result
    ) throws(RocksDBFailure) -> Result? {
        let slice = try RocksDBFailure.check { error in
            key.withUnsafeBytes { key in
                rocksdb_get_pinned_cf(
                    handles.database, options, handles.families[family.rawValue],
                    key.baseAddress?.assumingMemoryBound(to: CChar.self), key.count, error)
            }
        }
        guard let slice else { return nil }
        defer { rocksdb_pinnableslice_destroy(slice) }
        var count = 0
        let bytes = rocksdb_pinnableslice_value(slice, &count)
        return try body(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// The rows of a family from `start` on, before `end`. An iterator is a snapshot of its family.
    ///
    /// - Parameters:
    ///   - start: the first row's key. It need not exist.
    ///   - end: the first key after the range; nil: the range ends with the family.
    ///   - isBackward: whether the last row comes first.
    func rows(
        _ family: Database.Family, from start: [UInt8], before end: [UInt8]?, isBackward: Bool = false
    ) -> RowIterator {
        let rows = RowIterator(
            database: handles.database, family: handles.families[family.rawValue], snapshot: snapshot,
            fillsCache: fillsCache, start: start, end: end)
        if isBackward { rows.seekToLast() } else { rows.seek(start) }
        return rows
    }

    /// Runs a body that sees one moment in all families.
    func atOneMoment<Result, Failure>(_ body: (DatabaseView) throws(Failure) -> Result) throws(Failure) -> Result {
        let snapshot = rocksdb_create_snapshot(handles.database)
        let options = rocksdb_readoptions_create()!
        rocksdb_readoptions_set_snapshot(options, snapshot)
        defer {
            rocksdb_readoptions_destroy(options)
            rocksdb_release_snapshot(handles.database, snapshot)
        }
        var view = DatabaseView(handles: handles, options: options)
        view.snapshot = snapshot
        return try body(view)
    }
}
