import CRocksDB

/// Walks a range of a family's rows in key order. It sees one moment of the family.
struct RowIterator: ~Copyable {
    private let iterator: OpaquePointer
    private let options: OpaquePointer
    // RocksDB keeps pointers to the bounds as long as the iterator lives, so they have memory of their own.
    private let bounds: UnsafeMutableBufferPointer<CChar>

    init(
        database: OpaquePointer, family: OpaquePointer, snapshot: OpaquePointer?, fillsCache: Bool,
        start: [UInt8], end: [UInt8]?
    ) {
        let options = rocksdb_readoptions_create()!
        let bounds = UnsafeMutableBufferPointer<CChar>.allocate(capacity: start.count + (end?.count ?? 0) + 1)
        for (index, byte) in start.enumerated() { bounds[index] = CChar(bitPattern: byte) }
        rocksdb_readoptions_set_iterate_lower_bound(options, bounds.baseAddress, start.count)
        if let end {
            for (index, byte) in end.enumerated() { bounds[start.count + index] = CChar(bitPattern: byte) }
            rocksdb_readoptions_set_iterate_upper_bound(options, bounds.baseAddress! + start.count, end.count)
        }
        if !fillsCache { rocksdb_readoptions_set_fill_cache(options, 0) }
        if let snapshot { rocksdb_readoptions_set_snapshot(options, snapshot) }
        self.options = options
        self.bounds = bounds
        iterator = rocksdb_create_iterator_cf(database, options, family)
    }

    deinit {
        rocksdb_iter_destroy(iterator)
        rocksdb_readoptions_destroy(options)
        bounds.deallocate()
    }

    /// Whether it is at a row. If it isn't, call ``check()`` to tell the end from an error.
    var isValid: Bool { rocksdb_iter_valid(iterator) != 0 }

    /// The row's key, until the next move.
    var key: UnsafeRawBufferPointer {
        var count = 0
        let bytes = rocksdb_iter_key(iterator, &count)
        return UnsafeRawBufferPointer(start: bytes, count: count)
    }

    /// The row's value, until the next move.
    var value: UnsafeRawBufferPointer {
        var count = 0
        let bytes = rocksdb_iter_value(iterator, &count)
        return UnsafeRawBufferPointer(start: bytes, count: count)
    }

    /// Moves to the next row.
    func next() { rocksdb_iter_next(iterator) }

    /// Moves to the previous row.
    func previous() { rocksdb_iter_prev(iterator) }

    /// Moves to the first row whose key is not smaller.
    func seek(_ key: [UInt8]) {
        key.withUnsafeBytes {
            rocksdb_iter_seek(iterator, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
        }
    }

    /// Moves to the last row of the range.
    func seekToLast() { rocksdb_iter_seek_to_last(iterator) }

    /// Throws the error that ended the walk early, if there was one.
    func check() throws(RocksDBFailure) {
        try RocksDBFailure.check { rocksdb_iter_get_error(iterator, $0) }
    }
}
