/// The first eight bytes of a name, by which names are told apart before all their bytes are compared.
enum NamePrefix {
    /// The prefix of a name, padded with zeros; the first byte is the lowest.
    static func of(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var word: UInt64 = 0
        for (index, byte) in name.prefix(8).enumerated() { word |= UInt64(byte) << UInt64(index * 8) }
        return word
    }

    /// The prefix of a name of a text.
    ///
    /// - Parameter available: The number of bytes that may be read from the name's first byte on.
    @inline(__always)
    static func of(_ name: UnsafePointer<UInt8>, count: Int, available: Int) -> UInt64 {
        guard available >= 8 else { return of(UnsafeBufferPointer(start: name, count: count)) }
        let word = UInt64(littleEndian: UnsafeRawPointer(name).loadUnaligned(as: UInt64.self))
        return count >= 8 ? word : word & ~(UInt64.max << UInt64(count * 8))
    }

    /// Where the search for a name in a table of hashes begins.
    @inline(__always)
    static func slot(_ prefix: UInt64, _ count: Int, mask: Int) -> Int {
        let hash = (prefix ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash >> 40) & mask
    }
}
