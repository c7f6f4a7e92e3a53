import Digests
import MicroText
import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

extension DriverError {
    /// The error of a failed call of the file system.
    ///
    /// - Parameter verb: the action that failed, as a participle: "written".
    static func file(_ path: String, _ verb: String, _ code: Int32 = errno) -> DriverError {
        let isFull = code == ENOSPC || code == EDQUOT
        return DriverError(
            isFull ? .full : .unavailable,
            "'\(path)' can't be \(verb): \(String(cString: strerror(code)))."
                + (isFull ? " Make room, or use another folder." : ""))
    }
}

/// The files of backups. They are written once, and are on the disk before they are used.
enum BackupFiles {
    private static let pieceBytes = 1 << 20

    /// Copies a file, and waits until it is on the disk.
    ///
    /// - Returns: its bytes and their SHA-256, as they were read.
    static func copy(_ source: String, to target: String) throws(DriverError) -> (bytes: Int, hash: String) {
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard output >= 0 else { throw .file(target, "written") }
        defer { close(output) }
        let read = try read(source) { piece throws(DriverError) in try write(piece, to: output, target) }
        guard fsync(output) == 0 else { throw .file(target, "written") }
        // Drops the cached pages, so that reading the file back reads the disk.
        posix_fadvise(output, 0, 0, Int32(POSIX_FADV_DONTNEED))
        return read
    }

    /// The bytes of a file and their SHA-256.
    static func hash(_ path: String) throws(DriverError) -> (bytes: Int, hash: String) {
        try read(path) { (_: UnsafeRawBufferPointer) throws(DriverError) in }
    }

    /// The bytes of a small file.
    static func contents(_ path: String) throws(DriverError) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try read(path) { piece throws(DriverError) in bytes += piece }
        return bytes
    }

    private static func read(
        _ path: String, _ body: (UnsafeRawBufferPointer) throws(DriverError) -> Void
    ) throws(DriverError) -> (bytes: Int, hash: String) {
        let input = open(path, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw .file(path, "read") }
        defer { close(input) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
        defer { buffer.deallocate() }
        var digest = SHA256()
        var bytes = 0
        while true {
            let count = Glibc.read(input, buffer.baseAddress, buffer.count)
            if count == 0 { break }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw .file(path, "read")
            }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            digest.update(piece)
            try body(piece)
            bytes += count
        }
        return (bytes, digest.finished().hexadecimal)
    }

    private static func write(_ piece: UnsafeRawBufferPointer, to output: Int32, _ path: String) throws(DriverError) {
        var rest = piece
        while !rest.isEmpty {
            let count = Glibc.write(output, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .file(path, "written") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Writes a new file, and waits until it is on the disk.
    static func write(_ bytes: [UInt8], to path: String) throws(DriverError) {
        let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard output >= 0 else { throw .file(path, "written") }
        defer { close(output) }
        let written = bytes.withUnsafeBytes { bytes in
            Result { () throws(DriverError) in try write(bytes, to: output, path) }
        }
        try written.get()
        guard fsync(output) == 0 else { throw .file(path, "written") }
    }

    /// Waits until the names in a folder are on the disk.
    static func sync(_ folder: String) throws(DriverError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(folder, "read") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(folder, "written") }
    }

    /// Makes a folder and the missing folders above it. It may exist already.
    static func makeFolder(_ path: String) throws(DriverError) {
        if mkdir(path, 0o750) == 0 || errno == EEXIST { return }
        let code = errno
        guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw .file(path, "made", code)
        }
        try makeFolder(String(path[..<slash]))
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else { throw .file(path, "made") }
    }

    /// Renames a file or folder. The new name must not exist.
    static func rename(_ old: String, to new: String) throws(DriverError) {
        guard Glibc.rename(old, new) == 0 else { throw .file(new, "written") }
    }

    /// Removes a folder of files, as far as possible.
    static func remove(_ folder: String) {
        for name in names(folder) { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// The names in a folder, sorted; empty if it can't be read.
    static func names(_ folder: String) -> [String] {
        StoreFolder(path: folder).fileNames.filter { $0 != "." && $0 != ".." }.sorted()
    }

    /// The size of a file, and a mark that distinguishes an unchanged file from another one of the same name; nil if
    /// the file doesn't exist.
    static func mark(_ path: String) -> (bytes: Int, mark: String)? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let time = status.st_mtim
        return (Int(status.st_size), "\(status.st_ino):\(time.tv_sec).\(time.tv_nsec)")
    }
}
