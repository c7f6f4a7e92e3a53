import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

/// The file operations of a repair.
enum FileTree {
    /// Makes a folder.
    static func make(_ path: String) throws(DriverError) {
        try check(mkdir(path, 0o755), "made", path)
    }

    /// Moves a file within its file system.
    static func move(_ from: String, _ to: String) throws(DriverError) {
        try check(rename(from, to), "moved", from)
    }

    /// Syncs a folder's names to the disk.
    static func sync(_ path: String) throws(DriverError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        try check(fsync(descriptor), "written", path)
    }

    /// Makes a second name for a file, or a copy if the file system has no hard links.
    static func link(_ from: String, _ to: String) throws(DriverError) {
        if Glibc.link(from, to) != 0 { try copy(from, to) }
    }

    /// Copies a file.
    static func copy(_ from: String, _ to: String) throws(DriverError) {
        let source = open(from, O_RDONLY | O_CLOEXEC)
        defer { close(source) }
        let target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        defer { close(target) }
        try check(min(source, target), "copied", from)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(source, &buffer, buffer.count)
            try check(Int32(clamping: count), "read", from)
            if count == 0 { return }
            guard write(target, buffer, count) == count else { return try check(-1, "written", to) }
        }
    }

    /// Deletes a folder with everything in it, if it exists.
    static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in StoreFolder(path: path).fileNames where name != "." && name != ".." { remove("\(path)/\(name)") }
        rmdir(path)
    }

    private static func check(_ code: Int32, _ what: String, _ path: String) throws(DriverError) {
        guard code < 0 else { return }
        throw DriverError(.unavailable, "'\(path)' can't be \(what): \(String(cString: strerror(errno))).")
    }
}
