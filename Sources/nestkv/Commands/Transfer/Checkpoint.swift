#if canImport(Glibc)
    import Glibc
#endif

/// A file that remembers how many lines are done, for whoever goes on after an interruption.
struct Checkpoint {
    let path: String

    /// How many lines are done; 0 when there is no file.
    func lines() throws(CommandFailure) -> Int {
        guard access(path, F_OK) == 0 else { return 0 }
        let file = try Descriptor(opening: path, O_RDONLY)
        defer { close(file.number) }
        let text = String(decoding: try file.readAll(), as: UTF8.self)
        guard text.last == "\n", let lines = Int(text.dropLast()), lines >= 0 else {
            throw .failure("\(path) is no checkpoint of an import; name another file, or remove it.")
        }
        return lines
    }

    /// Remembers a number of lines; the file is always whole.
    func write(_ lines: Int) throws(CommandFailure) {
        let new = try Descriptor(opening: path + ".new", O_WRONLY | O_CREAT | O_TRUNC)
        defer { close(new.number) }
        try new.write(Array("\(lines)\n".utf8))
        guard rename(path + ".new", path) == 0 else { throw new.failure("can't be renamed") }
    }

    /// Removes it: all is done.
    func remove() {
        unlink(path)
    }
}
