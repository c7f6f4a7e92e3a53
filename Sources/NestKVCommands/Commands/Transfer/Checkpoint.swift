#if canImport(Glibc)
    import Glibc
#endif

/// A file with the number of lines that are imported, to continue after an interruption.
struct Checkpoint {
    let path: String

    /// The number of lines that are imported; 0 if there is no file.
    func lines() throws(CommandFailure) -> Int {
        guard access(path, F_OK) == 0 else { return 0 }
        let file = try Descriptor(opening: path, O_RDONLY)
        defer { close(file.number) }
        let text = String(decoding: try file.readAll(), as: UTF8.self)
        guard text.last == "\n", let lines = Int(text.dropLast()), lines >= 0 else {
            throw .failure("\(path) is not a checkpoint of an import; name another file, or delete this one.")
        }
        return lines
    }

    /// Stores a number of lines. The file is never incomplete.
    func write(_ lines: Int) throws(CommandFailure) {
        let new = try Descriptor(opening: path + ".new", O_WRONLY | O_CREAT | O_TRUNC)
        defer { close(new.number) }
        try new.write(Array("\(lines)\n".utf8))
        guard rename(path + ".new", path) == 0 else { throw new.failure("can't be renamed") }
    }

    /// Removes the file when the import is complete.
    func remove() {
        unlink(path)
    }
}
