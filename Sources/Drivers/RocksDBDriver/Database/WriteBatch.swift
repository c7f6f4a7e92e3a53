import CRocksDB

/// Changes that are written together, all or nothing.
final class WriteBatch {
    /// RocksDB's own object.
    let pointer = rocksdb_writebatch_create()!
    private let families: [OpaquePointer]

    /// An empty batch.
    init(families: [OpaquePointer]) {
        self.families = families
    }

    deinit {
        rocksdb_writebatch_destroy(pointer)
    }

    /// The batch's size.
    var bytes: UInt64 {
        var bytes = 0
        _ = rocksdb_writebatch_data(pointer, &bytes)
        return UInt64(bytes)
    }

    /// Sets a row.
    func put(_ family: Database.Family, _ key: [UInt8], _ value: [UInt8]) {
        value.withUnsafeBytes { put(family, key, $0) }
    }

    /// Sets a row to bytes that are copied.
    func put(_ family: Database.Family, _ key: [UInt8], _ value: UnsafeRawBufferPointer) {
        lend(key) { key, count in
            rocksdb_writebatch_put_cf(
                pointer, families[family.rawValue], key, count, value.baseAddress?.assumingMemoryBound(to: CChar.self),
                value.count)
        }
    }

    /// Deletes a row. It need not exist.
    func delete(_ family: Database.Family, _ key: [UInt8]) {
        lend(key) { key, count in
            rocksdb_writebatch_delete_cf(pointer, families[family.rawValue], key, count)
        }
    }

    /// Deletes the rows from `start` on, before `end`.
    func delete(_ family: Database.Family, from start: [UInt8], before end: [UInt8]) {
        lend(start) { start, startCount in
            lend(end) { end, endCount in
                rocksdb_writebatch_delete_range_cf(
                    pointer, families[family.rawValue], start, startCount, end, endCount)
            }
        }
    }

    private func lend(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>?, Int) -> Void) {
        bytes.withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    }
}
