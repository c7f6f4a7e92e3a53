/// Reads lines from a source of pieces. Its memory is bounded by the longest line.
struct LineReader {
    /// The maximum length of a line, in bytes.
    static let lineBytesMax = 64 << 20

    private let source: () throws -> ArraySlice<UInt8>?
    private var buffer: ArraySlice<UInt8> = []
    /// The number of lines read.
    private(set) var count = 0
    /// The number of bytes of these lines, line ends included.
    private(set) var bytes = 0

    /// - Parameter source: returns the next piece; nil at the end.
    init(_ source: @escaping () throws -> ArraySlice<UInt8>?) {
        self.source = source
    }

    /// The next line without its end, LF or CR LF; nil at the end. A last line needs no end.
    mutating func next() throws -> ArraySlice<UInt8>? {
        var searched = buffer.startIndex
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                return taken(through: end)
            }
            searched = buffer.endIndex
            guard buffer.count <= Self.lineBytesMax else {
                throw CommandFailure.failure("Line \(count + 1) has more than \(Self.lineBytesMax) bytes.")
            }
            guard let piece = try source() else {
                return buffer.isEmpty ? nil : taken(through: buffer.endIndex)
            }
            let distance = searched - buffer.startIndex
            buffer += piece
            searched = buffer.startIndex + distance
        }
    }

    private mutating func taken(through end: Int) -> ArraySlice<UInt8> {
        var line = buffer[..<end]
        buffer = buffer[min(end + 1, buffer.endIndex)...]
        count += 1
        bytes += line.count + 1
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}
