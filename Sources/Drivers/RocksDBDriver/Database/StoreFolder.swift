#if canImport(Glibc)
    import Glibc
#endif

/// The folder of a store, as the file system sees it.
///
/// Debian builds RocksDB 7.8.3 with its assertions on, and some of them end the process when a file is written again
/// after a write for which there was no room. So we look for room before RocksDB needs it, and refuse ourselves.
struct StoreFolder {
    /// What is kept free besides: for manifests and what else is small.
    private static let margin = UInt64(4 << 20)

    /// The folder's path.
    let path: String

    /// The names of the files in the folder; none when it can't be read.
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

    /// The bytes in log files: the most that RocksDB will write to files for what is in its memory.
    private var logBytes: UInt64 { bytes { $0.hasSuffix(".log") } }

    private func bytes(_ isMeant: (String) -> Bool) -> UInt64 {
        fileNames.reduce(0) { sum, name in
            var status = stat()
            guard isMeant(name), stat("\(path)/\(name)", &status) == 0 else { return sum }
            return sum + UInt64(status.st_size)
        }
    }

    /// Whether there can't be a row in it: no table, and nothing in its logs but their beginning.
    var holdsNothing: Bool { logBytes < 64 && !fileNames.contains { $0.hasSuffix(".sst") } }

    /// Whether there is room to write so many bytes to the log, and for what follows from it. Also when nobody knows.
    func hasRoom(for bytes: UInt64) -> Bool {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return true }
        let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        // Written to the log and later to a file; so is what stands in the log already, which is looked at when the
        // most that may stand there is too much.
        let needed = 2 * bytes + Self.margin
        return free >= needed + 2 * DatabaseOptions.logBytesMax || free >= needed + logBytes
    }
}
