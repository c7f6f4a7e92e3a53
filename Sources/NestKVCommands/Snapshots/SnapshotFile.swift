import Digests
import MicroText
import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

/// The destination of a snapshot: standard output, or a file that gets its name when all of it is on the disk.
package final class SnapshotFile {
    /// The file; nil for standard output.
    let path: String?
    private let partial: String
    private let descriptor: Descriptor
    /// Folders for temporary files, the preferred one first.
    package let spoolFolders: [String]
    private var digest = SHA256()
    private var buffer: [UInt8] = []

    /// - Parameter target: a file, '-', or a folder, in which the file is named by the time.
    package init(_ target: String, replacing: Bool) throws(CommandFailure) {
        guard target != "-" else {
            (path, partial, descriptor) = (nil, "", Descriptor(1, name: "standard output"))
            spoolFolders = TemporaryFile.folders
            return
        }
        var status = stat()
        let isFolder = stat(target, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        let time = Timestamp.now.rfc3339.filter { $0.isNumber || $0 == "T" }
        let file = isFolder ? "\(target)/nestkv-\(time).ndjson" : target
        guard replacing || access(file, F_OK) != 0 else {
            throw .failure("\(file) already exists; --force replaces it.")
        }
        path = file
        partial = file + ".partial"
        descriptor = try Descriptor(opening: partial, O_WRONLY | O_CREAT | O_TRUNC)
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        spoolFolders = [folder.isEmpty ? "/" : folder] + TemporaryFile.folders
    }

    /// Adds a line.
    func write(_ line: some Sequence<UInt8>) throws(CommandFailure) {
        buffer += line
        buffer.append(0x0A)
        if buffer.count > 1 << 18 { try flush() }
    }

    /// The hash of all lines so far.
    func hash() throws(CommandFailure) -> String {
        try flush()
        return digest.finished().hexadecimal
    }

    private func flush() throws(CommandFailure) {
        digest.update(buffer)
        try descriptor.write(buffer)
        buffer = []
    }

    /// Syncs the file, and gives it its name.
    func finish() throws(CommandFailure) {
        try flush()
        guard let path else { return }
        guard fsync(descriptor.number) == 0 else { throw descriptor.failure("can't be synced") }
        guard rename(partial, path) == 0 else { throw descriptor.failure("can't be renamed to \(path)") }
    }

    /// Removes an incomplete file.
    func remove() {
        if path != nil { unlink(partial) }
    }
}

/// A file without a name, which the system deletes with the process.
final class TemporaryFile {
    /// Folders to try: in a container only the working folder may be writable.
    static var folders: [String] { [Environment.variables["TMPDIR"] ?? "/tmp", "."] }

    private let descriptor: Descriptor
    private var size = 0
    private var buffer: [UInt8] = []

    /// Creates a file in the first folder that permits it.
    init(in folders: [String]) throws(CommandFailure) {
        for folder in folders {
            var template = Array("\(folder)/.nestkv-XXXXXX".utf8CString)
            let number = mkstemp(&template)
            guard number >= 0 else { continue }
            unlink(template)
            descriptor = Descriptor(number, name: "a temporary file in \(folder)")
            return
        }
        let reason = String(cString: strerror(errno))
        throw .failure("Can't create a temporary file in \(folders.joined(separator: " or ")): \(reason). Set TMPDIR.")
    }

    deinit { close(descriptor.number) }

    /// Copies all of another file into a file without a name.
    static func copy(of input: Descriptor) throws(CommandFailure) -> Descriptor {
        let file = try TemporaryFile(in: folders)
        while let piece = try input.read() { _ = try file.append(piece) }
        try file.rewind()
        // A duplicate, which stays open when `file` is released.
        return Descriptor(dup(file.descriptor.number), name: input.name)
    }

    /// Appends bytes.
    ///
    /// - Returns: where they are in the file.
    func append(_ bytes: some Collection<UInt8>) throws(CommandFailure) -> Range<Int> {
        buffer += bytes
        size += bytes.count
        if buffer.count > 1 << 18 { try flush() }
        return (size - bytes.count)..<size
    }

    private func flush() throws(CommandFailure) {
        guard !buffer.isEmpty else { return }
        guard lseek(descriptor.number, 0, SEEK_END) >= 0 else { throw descriptor.failure("can't be written") }
        try descriptor.write(buffer)
        buffer = []
    }

    /// Goes back to the beginning of the file, for reading.
    func rewind() throws(CommandFailure) {
        try flush()
        guard lseek(descriptor.number, 0, SEEK_SET) == 0 else { throw descriptor.failure("can't be read") }
    }

    /// The next bytes; nil at the end.
    func read() throws(CommandFailure) -> ArraySlice<UInt8>? { try descriptor.read() }

    /// The bytes at a place.
    func bytes(_ range: Range<Int>) throws(CommandFailure) -> [UInt8] {
        try flush()
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            while filled < range.count {
                let count = pread(
                    descriptor.number, buffer.baseAddress! + filled, range.count - filled, range.lowerBound + filled)
                guard count > 0 else {
                    if count < 0, errno == EINTR { continue }
                    code = count < 0 ? errno : EIO
                    return
                }
                filled += count
            }
        }
        guard code == 0 else { throw descriptor.failure("can't be read", code) }
        return bytes
    }
}
