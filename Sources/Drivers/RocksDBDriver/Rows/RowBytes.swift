/// Builds a row: little-endian integers, and texts preceded by their length. Its memory can be used for the next row,
/// and is a plain one because appending to an array costs a call and a check for each integer.
struct RowWriter: ~Copyable {
    /// The most memory that is kept for the next row.
    private static let keptMax = 64 << 10

    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private var count = 0

    /// An empty row with room for `capacity` bytes. It grows.
    init(capacity: Int) {
        memory = .allocate(byteCount: capacity, alignment: 1)
        self.capacity = capacity
    }

    deinit { memory.deallocate() }

    /// Begins another row in the same memory.
    mutating func clear() {
        count = 0
        if capacity > Self.keptMax { move(toCapacity: Self.keptMax) }
    }

    /// The row so far, valid until the next change.
    var lent: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    /// The row so far.
    var bytes: [UInt8] { Array(lent) }

    /// Appends an integer.
    @inline(__always)
    mutating func integer<Integer: FixedWidthInteger>(_ integer: Integer) {
        makeRoom(for: MemoryLayout<Integer>.size)
        (memory + count).storeBytes(of: integer.littleEndian, as: Integer.self)
        count += MemoryLayout<Integer>.size
    }

    /// Appends raw bytes.
    @inline(__always)
    mutating func raw(_ raw: UnsafeRawBufferPointer) {
        guard let start = raw.baseAddress else { return }
        makeRoom(for: raw.count)
        (memory + count).copyMemory(from: start, byteCount: raw.count)
        count += raw.count
    }

    /// Appends bytes preceded by their count.
    mutating func counted(_ counted: [UInt8]) {
        integer(UInt32(counted.count))
        counted.withUnsafeBytes { raw($0) }
    }

    /// Appends a text or its absence.
    mutating func text(_ text: String?) {
        guard var text else { return integer(UInt32.max) }
        text.withUTF8 { text in
            integer(UInt32(text.count))
            raw(UnsafeRawBufferPointer(text))
        }
    }

    @inline(__always)
    private mutating func makeRoom(for bytes: Int) {
        if capacity - count < bytes { move(toCapacity: max(2 * capacity, count + bytes)) }
    }

    @inline(never)
    private mutating func move(toCapacity capacity: Int) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
        memory.copyMemory(from: self.memory, byteCount: count)
        self.memory.deallocate()
        self.memory = memory
        self.capacity = capacity
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
