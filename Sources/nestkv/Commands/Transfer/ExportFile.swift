import MicroJSON

#if canImport(Glibc)
    import Glibc
#endif

/// Where an export goes: a file or standard output.
struct ExportFile {
    private let descriptor: Descriptor
    private let isFile: Bool

    /// - Parameters:
    ///   - path: nil for standard output.
    ///   - mayExist: whether the file may be there.
    init(_ path: String?, mayExist: Bool) throws(CommandFailure) {
        isFile = path != nil
        guard let path else {
            descriptor = Descriptor(1, name: "standard output")
            return
        }
        if !mayExist, access(path, F_OK) == 0 {
            throw .failure("\(path) is there already; --resume goes on with it, --force replaces it.")
        }
        descriptor = try Descriptor(opening: path, O_RDWR | O_CREAT)
    }

    /// Writes the entries of a page and counts them.
    ///
    /// - Returns: the path of the last one; nil when there is none.
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

    /// Ends the file after so many bytes, and goes on there.
    func cut(to size: Int) throws(CommandFailure) {
        guard ftruncate(descriptor.number, size) == 0, lseek(descriptor.number, size, SEEK_SET) == size else {
            throw descriptor.failure("can't be cut")
        }
    }

    /// Cuts off a last line that isn't whole, and gives the path of the one before; nil when there is none.
    func cutToLastPath() throws(CommandFailure) -> String? {
        guard let size = descriptor.size else { throw .failure("\(descriptor.name) is no file that can be resumed.") }
        guard let end = try lineEnd(before: size) else {
            try cut(to: 0)
            return nil
        }
        let start = try lineEnd(before: end).map { $0 + 1 } ?? 0
        let line = try bytes(start..<end)
        guard let entry = try? JSONText(parsing: line, limits: .anyServer), let path = entry.text(at: "path") else {
            throw .failure("The last line of \(descriptor.name) is no entry; it is not an export.")
        }
        try cut(to: end + 1)
        return path
    }

    /// Waits until all of it is on the disk.
    func sync() throws(CommandFailure) {
        if isFile, descriptor.size != nil, fsync(descriptor.number) != 0 { throw descriptor.failure("can't be synced") }
    }

    /// Where the last LF before an offset is.
    private func lineEnd(before offset: Int) throws(CommandFailure) -> Int? {
        var end = offset
        while end > 0 {
            let start = max(0, end - 64 << 10)
            if let found = try bytes(start..<end).lastIndex(of: UInt8(ascii: "\n")) { return start + found }
            end = start
            guard offset - end <= LineReader.lineBytesMax else {
                throw .failure("The last line of \(descriptor.name) has no end; it is not an export.")
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
