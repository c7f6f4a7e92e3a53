import CRocksDB

#if canImport(Glibc)
    import Glibc
#endif

/// An open RocksDB database. The only owner of its C pointers.
///
/// Any thread can read, through ``read(_:)``. Only the writer's thread writes, reopens and closes.
final class Database: @unchecked Sendable {
    // @unchecked Sendable because RocksDB's own objects are thread-safe, and what changes is guarded: `handles` is
    // changed under the exclusive `lock`, `pinned` by one thread under the shared `lock` or by closing under the
    // exclusive one.

    /// The column families. The raw value is the index in every array of families.
    enum Family: Int, CaseIterable {
        /// `format`, `id`, `state`, and the order in which leaves were deleted.
        case info
        /// key → record of each live leaf.
        case entries
        /// key ‖ version → older record.
        case history
        /// key → record of each deletion.
        case tombstones
        /// revision → change.
        case feed

        /// RocksDB requires a family `default`.
        var name: String { self == .info ? "default" : "\(self)" }
    }

    /// The pointers of an open database.
    struct Handles {
        let database: OpaquePointer
        let families: [OpaquePointer]
    }

    /// The folder.
    let path: String
    private let options: DatabaseOptions
    private let readOptions = rocksdb_readoptions_create()!
    private let syncedWrite = rocksdb_writeoptions_create()!
    private let bufferedWrite = rocksdb_writeoptions_create()!
    private let lock = ReadWriteLock()
    private var handles: Handles?
    /// The snapshot for ``readPinned(_:)``, and the options to read it.
    private var pinned: (snapshot: OpaquePointer, options: OpaquePointer)?

    /// A database in a folder. It is not open yet.
    init(path: String, writeBufferBytes: Int = DatabaseOptions.writeBufferBytes, salvaging: Bool = false) {
        self.path = path
        options = DatabaseOptions(writeBufferBytes: writeBufferBytes, salvaging: salvaging)
        rocksdb_writeoptions_set_sync(syncedWrite, 1)
    }

    deinit {
        close()
        rocksdb_writeoptions_destroy(bufferedWrite)
        rocksdb_writeoptions_destroy(syncedWrite)
        rocksdb_readoptions_destroy(readOptions)
    }

    /// Opens the database.
    ///
    /// - Parameter creating: whether to make the folder and whatever is missing in it.
    func open(creating: Bool) throws(RocksDBFailure) {
        try lock.write { () throws(RocksDBFailure) in try openLocked(creating: creating) }
    }

    /// Closes and opens. This is the only way out of RocksDB's read-only state in its C interface. Readers wait
    /// meanwhile.
    func reopen() throws(RocksDBFailure) {
        try lock.write { () throws(RocksDBFailure) in
            closeLocked()
            try openLocked(creating: false)
        }
    }

    /// Closes the database. From then on readers get ``closed``.
    func close() {
        lock.write { closeLocked() }
    }

    private func openLocked(creating: Bool) throws(RocksDBFailure) {
        rocksdb_options_set_create_if_missing(options.database, creating ? 1 : 0)
        rocksdb_options_set_create_missing_column_families(options.database, creating ? 1 : 0)
        handles = try Self.open(path, options, Family.allCases, isReadOnly: false)
    }

    private func closeLocked() {
        guard let handles else { return }
        unpinLocked(handles)
        for family in handles.families { rocksdb_column_family_handle_destroy(family) }
        rocksdb_close(handles.database)
        self.handles = nil
    }

    /// Whether it is open. For the writer's thread only.
    var isOpen: Bool { handles != nil }

    /// Reads. The view is valid inside the body only. A body must not call ``read(_:)`` again.
    func read<Result, Failure>(
        _ body: (DatabaseView) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        try lock.read { () throws(Failure) -> Result? in
            guard let handles else { return nil }
            Self.stopCounting()
            return try body(DatabaseView(handles: handles, options: readOptions))
        }
    }

    /// Keeps the present moment for ``readPinned(_:)`` until ``unpin()`` or until the database is closed. Only the
    /// thread that reads it calls this and ``unpin()``.
    ///
    /// The lock is shared, so no read waits for this. The thread has the lowest priority, so that every read of a busy
    /// machine would wait long.
    func pin() {
        lock.read {
            guard let handles, pinned == nil, let snapshot = rocksdb_create_snapshot(handles.database) else { return }
            let options = rocksdb_readoptions_create()!
            rocksdb_readoptions_set_snapshot(options, snapshot)
            rocksdb_readoptions_set_fill_cache(options, 0)
            pinned = (snapshot, options)
        }
    }

    /// Releases the moment of ``pin()``.
    func unpin() {
        lock.read { if let handles { unpinLocked(handles) } }
    }

    private func unpinLocked(_ handles: Handles) {
        guard let pinned else { return }
        rocksdb_readoptions_destroy(pinned.options)
        rocksdb_release_snapshot(handles.database, pinned.snapshot)
        self.pinned = nil
    }

    /// Reads at the moment of ``pin()``; nil if that is gone.
    func readPinned<Result, Failure>(
        _ body: (DatabaseView) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        try lock.read { () throws(Failure) -> Result? in
            guard let handles, let pinned else { return nil }
            Self.stopCounting()
            return try body(
                DatabaseView(handles: handles, snapshotOptions: pinned.options, snapshot: pinned.snapshot))
        }
    }

    /// Makes RocksDB count nothing for its performance context in this thread. It counts by default, although nothing
    /// reads the counters: a tenth of the instructions of a write.
    private static func stopCounting() { rocksdb_set_perf_level(CInt(rocksdb_disable)) }

    /// Writes a batch, all or nothing. For the writer's thread only.
    func write(_ batch: WriteBatch, isSynced: Bool) throws(RocksDBFailure) {
        guard let handles else { throw Self.closed }
        Self.stopCounting()
        try RocksDBFailure.check { error in
            rocksdb_write(handles.database, isSynced ? syncedWrite : bufferedWrite, batch.pointer, error)
        }
    }

    /// Writes memory to files, so that the next start has no log to replay. For the writer's thread only.
    func flush() throws(RocksDBFailure) {
        guard let handles else { throw Self.closed }
        let options = rocksdb_flushoptions_create()!
        defer { rocksdb_flushoptions_destroy(options) }
        for family in handles.families {
            try RocksDBFailure.check { rocksdb_flush_cf(handles.database, options, family, $0) }
        }
    }

    /// Makes a copy of the database at one moment, in a new folder on the same disk. Files that never change are
    /// linked. Any thread can call it; readers and the writer go on.
    func makeCheckpoint(_ folder: String) throws(RocksDBFailure) {
        try lock.read { () throws(RocksDBFailure) in
            guard let handles else { throw Self.closed }
            let checkpoint = try RocksDBFailure.check { rocksdb_checkpoint_object_create(handles.database, $0) }
            defer { rocksdb_checkpoint_object_destroy(checkpoint) }
            // 0: memory is written to files first, so that the log, which must be copied, is short.
            try RocksDBFailure.check { rocksdb_checkpoint_create(checkpoint, folder, 0, $0) }
        }
    }

    /// A new batch. For the writer's thread only: it refers to the families of the present opening.
    func makeBatch() throws(RocksDBFailure) -> WriteBatch {
        guard let handles else { throw Self.closed }
        return WriteBatch(families: handles.families)
    }

    /// The failure of every call after ``close()``.
    static let closed = RocksDBFailure(description: "The database is closed")
}

extension Database {
    /// The names of the families in a folder, from its manifest.
    func familyNames() throws(RocksDBFailure) -> [String] {
        var count = 0
        let names = try RocksDBFailure.check { rocksdb_list_column_families(options.database, path, &count, $0) }
        defer { rocksdb_list_column_families_destroy(names, count) }
        return (0..<count).compactMap { names?[$0].map { String(cString: $0) } }
    }

    /// Makes a new manifest of the tables and logs in the folder. The database must not be open.
    func rebuildManifest() throws(RocksDBFailure) {
        try RocksDBFailure.check { rocksdb_repair_db(options.database, path, $0) }
    }

    /// Reads some families without changing anything.
    func peek<Result>(
        _ families: [Family], _ body: (DatabaseView) throws(RocksDBFailure) -> Result
    ) throws(RocksDBFailure) -> Result {
        let handles = try Self.open(path, options, families, isReadOnly: true)
        defer {
            for family in handles.families { rocksdb_column_family_handle_destroy(family) }
            rocksdb_close(handles.database)
        }
        return try body(DatabaseView(handles: handles, options: readOptions))
    }

    private static func open(
        _ path: String, _ options: DatabaseOptions, _ families: [Family], isReadOnly: Bool
    ) throws(RocksDBFailure) -> Handles {
        let count = Int32(families.count)
        var handles = [OpaquePointer?](repeating: nil, count: families.count)
        let familyOptions = families.map { Optional(options.families[$0.rawValue]) }
        // C needs an array of strings. `strdup`, because the bytes of a Swift string are lent for one call only.
        let names = families.map { UnsafePointer(strdup($0.name)) }
        defer { for name in names { free(UnsafeMutablePointer(mutating: name)) } }
        let database = try RocksDBFailure.check { error in
            isReadOnly
                ? rocksdb_open_for_read_only_column_families(
                    options.database, path, count, names, familyOptions, &handles, 0, error)
                : rocksdb_open_column_families(options.database, path, count, names, familyOptions, &handles, error)
        }
        guard let database else { throw closed }
        return Handles(database: database, families: handles.compactMap { $0 })
    }
}
