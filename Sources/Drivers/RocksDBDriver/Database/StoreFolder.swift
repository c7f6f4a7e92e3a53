#if canImport(Glibc)
    import Glibc
#endif

/// The folder of a store in the file system.
///
/// Debian builds RocksDB 7.8.3 with assertions, and some of them end the process when a file is written again after a
/// write for which there was no room. So nestkv checks for room before RocksDB needs it, and refuses writes itself.
struct StoreFolder {
    /// The bytes kept free in addition, for manifests and other small files.
    private static let margin = UInt64(4 << 20)

    /// The folder's path.
    let path: String

    /// The names of the files in the folder; empty if it can't be read.
    var fileNames: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            // The name is a C array of fixed size with NUL at its end; Swift sees a tuple.
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }

    /// The bytes in tables and logs.
    var bytes: UInt64 { bytes { $0.hasSuffix(".log") || $0.hasSuffix(".sst") } }

    /// The bytes in log files: the most that RocksDB will write to tables for what is in its memory.
    private var logBytes: UInt64 { bytes { $0.hasSuffix(".log") } }

    private func bytes(_ isMeant: (String) -> Bool) -> UInt64 {
        fileNames.reduce(0) { sum, name in
            var status = stat()
            guard isMeant(name), stat("\(path)/\(name)", &status) == 0 else { return sum }
            return sum + UInt64(status.st_size)
        }
    }

    /// Whether it certainly contains no row: it has no table, and its logs are empty except for their beginning.
    var holdsNothing: Bool { logBytes < 64 && !fileNames.contains { $0.hasSuffix(".sst") } }

    /// Whether there is room to write this many bytes to the log, and for what follows from it. Also true if that is
    /// unknown.
    func hasRoom(for bytes: UInt64) -> Bool {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return true }
        let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        // Each byte is written to the log and later to a table. The same goes for the present log, whose size is read
        // only if its largest possible size would be too much.
        let needed = 2 * bytes + Self.margin
        return free >= needed + 2 * DatabaseOptions.logBytesMax || free >= needed + logBytes
    }
}
