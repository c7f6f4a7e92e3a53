import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

extension DatabaseOpening {
    /// Whether the folder has no store yet. Throws if a store can't be in it.
    func inspectFolder() throws(DriverError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return true }
            throw configuration("The store's folder '\(path)' can't be used: \(String(cString: strerror(errno))).")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw configuration("The store's path '\(path)' is a file: give the path of a folder.")
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw configuration(
                "The store's folder '\(path)' can't be written: \(String(cString: strerror(errno))). "
                    + "Change its owner or permissions, or use another folder.")
        }
        guard folder.hasRoom(for: 0) else { throw noRoom }
        let names = folder.fileNames
        if names.contains("CURRENT") { return false }
        if names.contains(where: { $0.hasSuffix(".sst") || $0.hasSuffix(".log") || $0 == MarkFile.name }) {
            throw damaged("Its file CURRENT is missing.")
        }
        let strange = names.filter { !Self.isHarmless($0) }.sorted()
        guard strange.isEmpty else {
            throw configuration(
                "The folder '\(path)' is not empty and not a nestkv store (it contains '\(strange[0])'): use a new or "
                    + "empty folder.")
        }
        return true
    }

    /// Whether an interrupted first start or the file system leaves a file of this name in a folder.
    private static func isHarmless(_ name: String) -> Bool {
        name.hasPrefix(".") || name.hasPrefix("LOG") || name.hasPrefix("MANIFEST-") || name.hasSuffix(".dbtmp")
            || name.hasPrefix("OPTIONS-") || ["LOCK", "IDENTITY", "lost+found"].contains(name)
    }

    /// The names of the log's files, for messages.
    var logNames: String {
        let names = folder.fileNames.filter { $0.hasSuffix(".log") }.sorted()
        return names.isEmpty ? "no log file exists" : names.joined(separator: ", ")
    }

    private func configuration(_ message: String, cause: String? = nil) -> DriverError {
        DriverError(.configuration, message, cause: cause)
    }

    /// The error for a database of another program.
    var foreign: DriverError {
        configuration(
            "The folder '\(path)' holds a RocksDB database of another program: use another folder.")
    }

    private var noRoom: DriverError {
        configuration("The disk of the store '\(path)' has no room: make room.")
    }

    /// The error for a store that another process has open.
    func openElsewhere(cause: String?) -> DriverError {
        configuration(
            "The store in '\(path)' is open in another process: stop that process, or use another folder.",
            cause: cause)
    }

    /// The error for a store of another version.
    func unknownFormat(_ format: UInt32) -> DriverError {
        configuration(
            "The store in '\(path)' has format \(format); this nestkv reads format \(StoreContents.format). "
                + "Use the nestkv that wrote it, or use another folder.")
    }

    /// The error for a damaged store.
    func damaged(_ detail: String, cause: String? = nil) -> DriverError {
        DriverError(
            .corrupt,
            "The store in '\(path)' is damaged. \(detail) Restore a backup, or run "
                + "'nestkv repair-store --store rocksdb:\(path)' to see what can be saved. Nothing was changed.",
            cause: cause)
    }

    /// The start-up error for RocksDB's error message, with what to do.
    func explain(_ failure: RocksDBFailure) -> DriverError {
        let words = failure.description
        if words.contains("/LOCK") || words.contains("lock hold by current process") {
            // RocksDB's message if it can open the file but the lock is taken.
            if words.contains("lock hold by") || words.contains("Resource temporarily unavailable") {
                return openElsewhere(cause: words)
            }
            return configuration(
                "The file LOCK of the store in '\(path)' can't be opened. Change its owner or permissions. The file is "
                    + "empty, so it may also be deleted while no process has the store open.", cause: words)
        }
        if words.contains("Permission denied") || words.contains("Read-only file system") {
            return configuration(
                "The store's folder '\(path)', or a file in it, can't be written. Change its owner or permissions, or "
                    + "use another folder.", cause: words)
        }
        if failure.isFull { return noRoom }
        if words.contains("mkdir if missing") {
            return configuration(
                "The store's folder '\(path)' can't be made: make the folder above it first.", cause: words)
        }
        if failure.isCorruption || words.contains("No such file") {
            return damaged("RocksDB can't open it.", cause: words)
        }
        return configuration("The store in '\(path)' can't be opened.", cause: words)
    }
}
