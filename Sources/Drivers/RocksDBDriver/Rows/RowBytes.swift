/// Builds a row: little-endian integers, and texts preceded by their length.
struct RowWriter {
    /// The row so far.
    private(set) var bytes: [UInt8] = []

    /// An empty row for about `capacity` bytes.
    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends an integer.
    mutating func integer(_ integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends raw bytes.
    mutating func raw(_ raw: some Sequence<UInt8>) {
        bytes.append(contentsOf: raw)
    }

    /// Appends bytes preceded by their count.
    mutating func counted(_ counted: [UInt8]) {
        integer(UInt32(counted.count))
        bytes.append(contentsOf: counted)
    }

    /// Appends a text or its absence.
    mutating func text(_ text: String?) {
        integer(text.map { UInt32($0.utf8.count) } ?? .max)
        if let text { bytes.append(contentsOf: text.utf8) }
    }
}

/// Reads a row back. Whatever the bytes are, it never reads beyond them; it throws.
struct RowReader {
    private var rest: UnsafeRawBufferPointer

    /// Reads a row's bytes, which must stay valid as long as the reader is used.
    init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    /// The failure of a row that nestkv can't have written.
    static func malformed(_ what: String) -> RocksDBFailure {
        RocksDBFailure(description: "Corruption: malformed row: \(what)")
    }

    /// The next bytes.
    mutating func raw(_ count: Int) throws(RocksDBFailure) -> UnsafeRawBufferPointer {
        guard count <= rest.count else { throw Self.malformed("it ends too early") }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }

    /// The next integer.
    mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(RocksDBFailure) -> Integer {
        let bytes = try raw(MemoryLayout<Integer>.size)
        return Integer(littleEndian: bytes.loadUnaligned(as: Integer.self))
    }

    /// The next bytes, preceded by their count.
    mutating func counted() throws(RocksDBFailure) -> [UInt8] {
        let count = try integer(UInt32.self)
        return Array(try raw(Int(count)))
    }

    /// The next text, or nil for its absence.
    mutating func text() throws(RocksDBFailure) -> String? {
        let count = try integer(UInt32.self)
        guard count != .max else { return nil }
        let bytes = try raw(Int(count))
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Self.malformed("a text isn't UTF-8") }
        return text
    }

    /// The remaining bytes.
    var remainder: UnsafeRawBufferPointer { rest }

    /// Checks that no bytes remain.
    func end() throws(RocksDBFailure) {
        guard rest.isEmpty else { throw Self.malformed("\(rest.count) bytes too many") }
    }
}
