import CRocksDB

#if canImport(Glibc)
    import Glibc
#endif

/// RocksDB's settings: small and bounded memory, a quick start, one log for all column families.
///
/// - SeeAlso: https://github.com/facebook/rocksdb/wiki/Setup-Options-and-Basic-Tuning
final class DatabaseOptions {
    /// Memory for blocks, indexes and filters of files.
    static let blockCacheBytes = 32 << 20
    /// Memory for what isn't in files yet, of all families.
    static let writeBufferBytes = 16 << 20
    /// The most log to replay at start after a crash.
    static let logBytesMax = UInt64(32 << 20)

    /// The most table files open at once: less than half of what the process may open, and at least RocksDB's minimum.
    /// The other half is for clients' connections.
    private static var openFilesMax: Int32 {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int32(clamping: max(20, min(512, Int(clamping: limit.rlim_cur) / 2 - 32)))
    }

    /// RocksDB's level FATAL, at which RocksDB logs nothing.
    private static let logNothing: Int32 = 4

    /// The options of the database.
    let database: OpaquePointer
    /// The options of a family, in the order of ``Database/Family``.
    let families: [OpaquePointer]
    private let cache: OpaquePointer

    /// - Parameter salvaging: whether to read everything readable, even after missing parts.
    init(writeBufferBytes: Int = DatabaseOptions.writeBufferBytes, salvaging: Bool = false) {
        cache = Self.makeCache()
        database = salvaging ? rocksdb_options_create() : Self.makeTracking()
        if salvaging {
            rocksdb_options_set_wal_recovery_mode(
                database, Int32(rocksdb_skip_any_corrupted_records_recovery))
        }
        rocksdb_options_set_db_write_buffer_size(database, writeBufferBytes)
        rocksdb_options_set_max_total_wal_size(database, Self.logBytesMax)
        rocksdb_options_set_max_background_jobs(database, 2)
        rocksdb_options_set_max_open_files(database, Self.openFilesMax)
        rocksdb_options_set_max_file_opening_threads(database, 2)
        // The statistics of each file are not needed, and cost a read per file at start.
        rocksdb_options_set_skip_stats_update_on_db_open(database, 1)
        rocksdb_options_set_stats_dump_period_sec(database, 0)
        rocksdb_options_set_stats_persist_period_sec(database, 0)
        rocksdb_options_set_manifest_preallocation_size(database, 64 << 10)
        // The manifest is read and compared at each start (``ManifestSeal``).
        rocksdb_options_set_max_manifest_file_size(database, 8 << 20)
        // RocksDB's LOG gets the options at each start and nothing more. Debian's RocksDB is built with assertions, and
        // one of them ends the process at the second line for which the disk has no room. Errors are returned as
        // results anyway.
        rocksdb_options_set_info_log_level(database, Self.logNothing)
        rocksdb_options_set_keep_log_file_num(database, 1)
        let cache = cache
        families = Database.Family.allCases.map { Self.family($0, cache: cache, writeBufferBytes: writeBufferBytes) }
    }

    deinit {
        for family in families { rocksdb_options_destroy(family) }
        rocksdb_options_destroy(database)
        rocksdb_cache_destroy(cache)
    }

    /// Options with which the manifest names each finished log with its length, so that a missing or shorter log is
    /// found at opening. RocksDB's C interface takes this option only as a text.
    private static func makeTracking() -> OpaquePointer {
        let plain = rocksdb_options_create()!
        let tracking = rocksdb_options_create()!
        defer { rocksdb_options_destroy(plain) }
        var message: UnsafeMutablePointer<CChar>?
        rocksdb_get_options_from_string(plain, "track_and_verify_wals_in_manifest=true", tracking, &message)
        precondition(message == nil, "RocksDB doesn't know the option track_and_verify_wals_in_manifest")
        return tracking
    }

    /// A cache of four shards. RocksDB's default, 64 shards of 512 KiB, has no room for one large block in each.
    private static func makeCache() -> OpaquePointer {
        let options = rocksdb_lru_cache_options_create()!
        defer { rocksdb_lru_cache_options_destroy(options) }
        rocksdb_lru_cache_options_set_capacity(options, blockCacheBytes)
        rocksdb_lru_cache_options_set_num_shard_bits(options, 2)
        return rocksdb_cache_create_lru_opts(options)
    }

    private static func family(_ family: Database.Family, cache: OpaquePointer, writeBufferBytes: Int) -> OpaquePointer
    {
        let options = rocksdb_options_create()!
        rocksdb_options_set_write_buffer_size(options, writeBufferBytes)
        rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1)
        let table = rocksdb_block_based_options_create()!
        rocksdb_block_based_options_set_block_cache(table, cache)
        // Indexes and filters are in the cache in small parts, so that memory stays bounded whatever the file's size.
        rocksdb_block_based_options_set_index_type(
            table, Int32(rocksdb_block_based_table_index_type_two_level_index_search))
        rocksdb_block_based_options_set_partition_filters(table, 1)
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
        rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1)
        if family == .entries || family == .tombstones {
            // Looked up by exact key, and mostly without a hit: a new leaf has no tombstone, an ancestor is not a leaf.
            rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(10))
            rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, 0.02)
            rocksdb_options_set_memtable_whole_key_filtering(options, 1)
        }
        rocksdb_options_set_block_based_table_factory(options, table)
        rocksdb_block_based_options_destroy(table)
        return options
    }
}
