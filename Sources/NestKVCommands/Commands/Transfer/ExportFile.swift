import MicroJSON

#if canImport(Glibc)
    import Glibc
#endif

/// The destination of an export: a file or standard output.
struct ExportFile {
    private let descriptor: Descriptor
    private let isFile: Bool

    /// - Parameters:
    ///   - path: nil for standard output.
    ///   - mayExist: whether the file may exist.
    init(_ path: String?, mayExist: Bool) throws(CommandFailure) {
        isFile = path != nil
        guard let path else {
            descriptor = Descriptor(1, name: "standard output")
            return
        }
        if !mayExist, access(path, F_OK) == 0 {
            throw .failure("\(path) already exists; --resume continues it, --force replaces it.")
        }
        descriptor = try Descriptor(opening: path, O_RDWR | O_CREAT)
    }

    /// Writes the entries of a page and counts them.
    ///
    /// - Returns: the path of the last one; nil if the page is empty.
    func write(_ page: JSONText, _ count: inout Int) throws(CommandFailure) -> String? {
        var lines: [UInt8] = []
        lines.reserveCapacity(page.utf8.count)
        var last: ArraySlice<UInt8>?
        for entry in page.elements {
            lines += entry
            lines.append(UInt8(ascii: "\n"))
            last = entry
            count += 1
        }
        try descriptor.write(lines)
        return last.flatMap { JSONText(trusted: Array($0)).text(at: "path") }
    }

    /// Writes a line.
    func write(line: [UInt8]) throws(CommandFailure) {
        try descriptor.write(line + [UInt8(ascii: "\n")])
    }

    /// Cuts the file to a number of bytes, and continues there.
    func cut(to size: Int) throws(CommandFailure) {
        guard ftruncate(descriptor.number, size) == 0, lseek(descriptor.number, size, SEEK_SET) == size else {
            throw descriptor.failure("can't be cut")
        }
    }

    /// Cuts off an incomplete last line.
    ///
    /// - Returns: the path of the last complete line; nil if the file has none.
    func cutToLastPath() throws(CommandFailure) -> String? {
        guard let size = descriptor.size else {
            throw .failure("\(descriptor.name) is not a regular file; --resume can't continue it.")
        }
        guard let end = try lineEnd(before: size) else {
            try cut(to: 0)
            return nil
        }
        let start = try lineEnd(before: end).map { $0 + 1 } ?? 0
        let line = try bytes(start..<end)
        guard let entry = try? JSONText(parsing: line, limits: .anyServer), let path = entry.text(at: "path") else {
            throw .failure("\(descriptor.name) is not an export: its last line is not an entry.")
        }
        try cut(to: end + 1)
        return path
    }

    /// Syncs the file to the disk.
    func sync() throws(CommandFailure) {
        if isFile, descriptor.size != nil, fsync(descriptor.number) != 0 { throw descriptor.failure("can't be synced") }
    }

    /// The offset of the last LF before another offset.
    private func lineEnd(before offset: Int) throws(CommandFailure) -> Int? {
        var end = offset
        while end > 0 {
            let start = max(0, end - 64 << 10)
            if let found = try bytes(start..<end).lastIndex(of: UInt8(ascii: "\n")) { return start + found }
            end = start
            guard offset - end <= LineReader.lineBytesMax else {
                throw .failure("\(descriptor.name) is not an export: its last line is too long.")
            }
        }
        return nil
    }

    private func bytes(_ range: Range<Int>) throws(CommandFailure) -> [UInt8] {
        guard lseek(descriptor.number, range.lowerBound, SEEK_SET) >= 0 else {
            throw descriptor.failure("can't be read")
        }
        var bytes: [UInt8] = []
        while bytes.count < range.count, let piece = try descriptor.read(range.count - bytes.count) { bytes += piece }
        return bytes
    }
}
