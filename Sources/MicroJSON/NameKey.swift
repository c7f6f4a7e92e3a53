/// A member name for comparisons: the position of its decoded bytes, and the first eight of them.
struct NameKey: BitwiseCopyable {
    /// The first eight bytes, padded with zeros; the first byte is the highest.
    let prefix: UInt64
    /// The start of the decoded bytes, in the text or, with escapes, among the decoded names.
    let start: UInt32
    let count: UInt32
    /// The position of the name in the text, for messages.
    let source: UInt32
    let isDecoded: Bool

    /// - Parameter bytes: The buffer to which `start` refers.
    @inline(__always)
    init(_ bytes: UnsafeBufferPointer<UInt8>, start: Int, count: Int, source: Int, isDecoded: Bool) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.count = UInt32(truncatingIfNeeded: count)
        self.source = UInt32(truncatingIfNeeded: source)
        self.isDecoded = isDecoded
        if start + 8 <= bytes.count, let base = bytes.baseAddress {
            let word = ByteScan.load(base, start).byteSwapped
            prefix = count >= 8 ? word : word & ~(UInt64.max >> UInt64(count * 8))
        } else {
            var word: UInt64 = 0
            for index in 0..<min(count, 8) { word |= UInt64(bytes[start + index]) << UInt64(56 - index * 8) }
            prefix = word
        }
    }
}

/// The two buffers that contain names.
struct NameSpace {
    let text: UnsafeBufferPointer<UInt8>
    let decoded: UnsafeBufferPointer<UInt8>

    @inline(__always)
    func bytes(of key: NameKey) -> UnsafeBufferPointer<UInt8> {
        let buffer = key.isDecoded ? decoded : text
        return UnsafeBufferPointer(rebasing: buffer[Int(key.start)..<Int(key.start + key.count)])
    }

    @inline(__always)
    func areEqual(_ one: NameKey, _ other: NameKey) -> Bool {
        guard one.prefix == other.prefix, one.count == other.count else { return false }
        return one.count <= 8 || ByteScan.areEqual(bytes(of: one), bytes(of: other))
    }

    /// Whether a name sorts before another by UTF-16 code units (RFC 8785 §3.2.3).
    ///
    /// This is byte order except for U+E000…U+FFFF, which in UTF-16 sort after characters of four bytes.
    @inline(__always)
    func isLess(_ one: NameKey, _ other: NameKey) -> Bool {
        if one.prefix != other.prefix {
            let shift = UInt64((one.prefix ^ other.prefix).leadingZeroBitCount & ~7)
            let byte = UInt8(truncatingIfNeeded: (one.prefix << shift) >> 56)
            let otherByte = UInt8(truncatingIfNeeded: (other.prefix << shift) >> 56)
            return Self.rank(byte) < Self.rank(otherByte)
        }
        return isLessBehindPrefix(one, other)
    }

    @inline(never)
    private func isLessBehindPrefix(_ one: NameKey, _ other: NameKey) -> Bool {
        let (left, right) = (bytes(of: one), bytes(of: other))
        var index = min(8, left.count, right.count)
        while index < left.count, index < right.count {
            if left[index] != right[index] { return Self.rank(left[index]) < Self.rank(right[index]) }
            index += 1
        }
        return left.count < right.count
    }

    /// A byte's rank in UTF-16 order: the lead bytes EE and EF (U+E000…U+FFFF) follow F0…F4 (surrogate pairs).
    @inline(__always)
    private static func rank(_ byte: UInt8) -> UInt8 {
        byte >= 0xEE ? (byte < 0xF0 ? byte + 0x10 : byte) : byte
    }

    /// Finds a name that occurs twice among the first `count`; returns the index of the second one.
    ///
    /// Names of small objects are compared pair by pair. Those of large objects use a table whose hash is seeded per
    /// process, so that an attacker can't construct names that collide.
    func duplicate(count: Int, key: (Int) -> NameKey) -> Int? {
        if count <= 16 {
            for later in 1..<max(count, 1) {
                let name = key(later)
                for earlier in 0..<later where areEqual(name, key(earlier)) { return later }
            }
            return nil
        }
        let mask = (1 << (Int.bitWidth - (count * 2 - 1).leadingZeroBitCount)) - 1
        var table = [UInt32](repeating: 0, count: mask + 1)
        for index in 0..<count {
            let name = key(index)
            var slot = hash(of: name) & mask
            while table[slot] != 0 {
                if areEqual(name, key(Int(table[slot]) - 1)) { return index }
                slot = (slot + 1) & mask
            }
            table[slot] = UInt32(index + 1)
        }
        return nil
    }

    private func hash(of name: NameKey) -> Int {
        var hasher = Hasher()
        hasher.combine(name.prefix)
        hasher.combine(name.count)
        if name.count > 8 { hasher.combine(bytes: UnsafeRawBufferPointer(bytes(of: name))) }
        return hasher.finalize()
    }
}
