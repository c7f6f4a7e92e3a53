import CRocksDB

/// What a reader sees: everything now, or everything at one moment when it is a snapshot's.
struct DatabaseView {
    fileprivate let handles: Database.Handles
    fileprivate let options: OpaquePointer
    fileprivate var snapshot: OpaquePointer?

    /// A view of what is there now.
    init(handles: Database.Handles, options: OpaquePointer) {
        self.handles = handles
        self.options = options
    }

    /// Lends one row's bytes; nil when there is none.
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

    /// The rows of a family from `start` on, before `end`; an iterator is a snapshot of its family.
    ///
    /// - Parameters:
    ///   - start: the first row's key; it need not be there.
    ///   - end: the first key that isn't meant any more; nil: to the end of the family.
    ///   - isBackward: whether the last row comes first.
    func rows(
        _ family: Database.Family, from start: [UInt8], before end: [UInt8]?, isBackward: Bool = false
    ) -> RowIterator {
        let rows = RowIterator(
            database: handles.database, family: handles.families[family.rawValue], snapshot: snapshot, start: start,
            end: end)
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
