import CRocksDB

/// RocksDB folders of another program, or of another nestkv.
enum ForeignDatabase {
    struct Failure: Error {
        let message: String
    }

    private static func check<Result>(_ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result) throws
        -> Result
    {
        var message: UnsafeMutablePointer<CChar>?
        let result = call(&message)
        guard let message else { return result }
        defer { rocksdb_free(message) }
        throw Failure(message: String(cString: message))
    }

    /// Makes a database with a row in `default` and more families.
    static func make(_ path: String, families: [String]) throws {
        let options = rocksdb_options_create()
        defer { rocksdb_options_destroy(options) }
        rocksdb_options_set_create_if_missing(options, 1)
        let database = try check { rocksdb_open(options, path, $0) }
        let write = rocksdb_writeoptions_create()
        try check { rocksdb_put(database, write, "mine", 4, "yes", 3, $0) }
        rocksdb_writeoptions_destroy(write)
        for family in families {
            let handle = try check { rocksdb_create_column_family(database, options, family, $0) }
            rocksdb_column_family_handle_destroy(handle)
        }
        rocksdb_close(database)
    }

    /// The names of a database's families.
    static func families(_ path: String) throws -> [String] {
        let options = rocksdb_options_create()
        defer { rocksdb_options_destroy(options) }
        var count = 0
        let names = try check { rocksdb_list_column_families(options, path, &count, $0) }
        defer { rocksdb_list_column_families_destroy(names, count) }
        return (0..<count).map { String(cString: names![$0]!) }
    }

    /// Overwrites a row of the `default` family, whatever other families exist.
    static func put(_ path: String, _ key: String, _ value: [UInt8]) throws {
        let options = rocksdb_options_create()
        defer { rocksdb_options_destroy(options) }
        let names = try families(path)
        let strings = names.map { UnsafePointer(strdup($0)) }
        defer { for string in strings { free(UnsafeMutablePointer(mutating: string)) } }
        var handles = [OpaquePointer?](repeating: nil, count: names.count)
        let familyOptions = names.map { _ in options }
        let database = try check {
            rocksdb_open_column_families(options, path, Int32(names.count), strings, familyOptions, &handles, $0)
        }
        let write = rocksdb_writeoptions_create()
        try value.withUnsafeBytes { value in
            let bytes = value.baseAddress?.assumingMemoryBound(to: CChar.self)
            try check { rocksdb_put(database, write, key, key.utf8.count, bytes, value.count, $0) }
        }
        rocksdb_writeoptions_destroy(write)
        for handle in handles { rocksdb_column_family_handle_destroy(handle) }
        rocksdb_close(database)
    }
}

#if canImport(Glibc)
    import Glibc
#endif
