#if canImport(Glibc)
    import Glibc
#endif

/// One segment of a key's bytes, prepared for comparisons. Valid as long as the bytes it was made from.
struct TrieName {
    /// The segment.
    let bytes: UnsafeBufferPointer<UInt8>
    /// Its first eight bytes as a big-endian number, padded with zeros. Segments contain no NUL, so these numbers have
    /// the order of the bytes, and two names of at most eight bytes are equal if their numbers are.
    let prefix: UInt64

    /// The name from a segment's bytes.
    @inline(__always)
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        if bytes.count >= 8 {
            prefix = UInt64(bigEndian: UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(as: UInt64.self))
        } else {
            var number: UInt64 = 0
            for byte in bytes { number = number << 8 | UInt64(byte) }
            prefix = bytes.isEmpty ? 0 : number << UInt64(8 * (8 - bytes.count))
        }
    }

    /// Compares a name with this one if their prefixes are equal: negative if `other` is smaller.
    @inline(__always)
    func compareRest(with other: [UInt8]) -> Int {
        if other.count <= 8 && bytes.count <= 8 { return 0 }
        let order = other.withUnsafeBufferPointer { other in
            memcmp(other.baseAddress!, bytes.baseAddress!, min(other.count, bytes.count))
        }
        return order != 0 ? Int(order) : other.count - bytes.count
    }
}

/// Walks the segments of a key's bytes without allocating.
struct TrieNames {
    private var rest: UnsafeBufferPointer<UInt8>

    /// Starts at the first segment.
    @inline(__always)
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        rest = bytes
    }

    /// Whether no segment is left.
    var isAtEnd: Bool { rest.isEmpty }

    /// The next segment; nil at the end.
    @inline(__always)
    mutating func next() -> TrieName? {
        guard let base = rest.baseAddress, rest.count > 0 else { return nil }
        let end = memchr(base, 0, rest.count).map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? rest.count
        let name = TrieName(UnsafeBufferPointer(start: base, count: end))
        rest = UnsafeBufferPointer(rebasing: rest[min(end + 1, rest.count)...])
        return name
    }
}
