#if canImport(Glibc)
    import Glibc
#endif

/// An open file that commands read or write. It isn't closed with this value.
struct Descriptor {
    let number: Int32
    /// Its name in messages.
    let name: String

    init(_ number: Int32, name: String) {
        (self.number, self.name) = (number, name)
    }

    /// Opens a file.
    init(opening path: String, _ flags: Int32) throws(CommandFailure) {
        let number = open(path, flags | O_CLOEXEC, 0o666)
        self.init(number, name: path)
        guard number >= 0 else { throw failure("can't be opened") }
    }

    /// The next bytes; nil at the end.
    func read(_ count: Int = 64 << 10) throws(CommandFailure) -> ArraySlice<UInt8>? {
        while true {
            var code: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                let result = Glibc.read(number, buffer.baseAddress, buffer.count)
                code = result < 0 ? errno : 0
                filled = max(0, result)
            }
            if code == 0 { return bytes.isEmpty ? nil : bytes[...] }
            if code != EINTR { throw failure("can't be read", code) }
        }
    }

    /// All bytes up to the end.
    func readAll() throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try read() { bytes += piece }
        return bytes
    }

    /// All bytes of a file; '-' is standard input.
    static func contents(of path: String) throws(CommandFailure) -> [UInt8] {
        let file = path == "-" ? Descriptor(0, name: "standard input") : try Descriptor(opening: path, 0)
        return try file.readAll()
    }

    /// Writes all of some bytes.
    func write(_ bytes: [UInt8]) throws(CommandFailure) {
        var written = 0
        while written < bytes.count {
            let result = bytes.withUnsafeBytes {
                Glibc.write(number, $0.baseAddress! + written, $0.count - written)
            }
            if result > 0 {
                written += result
            } else if errno == EPIPE, number == StandardStream.output.rawValue {
                StandardStream.endByBrokenPipe()
            } else if errno != EINTR {
                throw failure("can't be written")
            }
        }
    }

    /// The size of a regular file in bytes; nil for other files, as a pipe.
    var size: Int? {
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// A failure of this file, with the system's reason.
    func failure(_ what: String, _ code: Int32 = errno) -> CommandFailure {
        .failure("\(name) \(what): \(String(cString: strerror(code))).")
    }
}
