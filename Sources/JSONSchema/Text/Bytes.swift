/// The bytes of a checked, minified JSON text. Every read is inside of them, whatever they are.
struct Bytes: BitwiseCopyable {
    let base: UnsafePointer<UInt8>
    let count: Int

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The byte at a position; 0, which never occurs in JSON, behind the end.
    @inline(__always)
    subscript(position: Int) -> UInt8 { position < count ? base[position] : 0 }

    /// Eight bytes, the first in the lowest bits.
    @inline(__always)
    private func word(at position: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self))
    }

    /// Marks each zero byte. Marks above the lowest one may be wrong.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }

    /// The string whose opening quote is at a position.
    @inline(__always)
    func string(at position: Int) -> StringPlace {
        var index = position + 1
        while index + 8 <= count {
            let word = word(at: index)
            let quotes = Self.zeroBytes(word ^ (Self.ones &* 0x22))
            let marks = quotes | Self.zeroBytes(word ^ (Self.ones &* 0x5C))
            if marks != 0 {
                index += marks.trailingZeroBitCount >> 3
                if base[index] == 0x22 { return StringPlace(start: position + 1, end: index, hasEscapes: false) }
                return escapedString(from: position + 1, at: index)
            }
            index += 8
        }
        while index < count, base[index] != 0x22 {
            if base[index] == 0x5C { return escapedString(from: position + 1, at: index) }
            index += 1
        }
        return StringPlace(start: min(position + 1, count), end: min(index, count), hasEscapes: false)
    }

    private func escapedString(from start: Int, at backslash: Int) -> StringPlace {
        var index = backslash
        while index < count, base[index] != 0x22 { index += base[index] == 0x5C ? 2 : 1 }
        return StringPlace(start: start, end: min(index, count), hasEscapes: true)
    }

    /// The position after the value that begins at a position.
    func endOfValue(at start: Int) -> Int {
        switch self[start] {
        case 0x22: min(string(at: start).end + 1, count)
        case 0x7B, 0x5B: endOfContainer(at: start)
        default: endOfScalar(at: start)
        }
    }

    /// The position after a number or literal.
    @inline(__always)
    func endOfScalar(at start: Int) -> Int {
        var index = start
        while index < count {
            let byte = base[index]
            if byte == 0x2C || byte == 0x7D || byte == 0x5D { break }
            index += 1
        }
        return index
    }

    /// The position after an array or object.
    func endOfContainer(at start: Int) -> Int {
        var depth = 0
        var index = start
        while index < count {
            switch base[index] {
            case 0x22: index = string(at: index).end
            case 0x7B, 0x5B: depth += 1
            case 0x7D, 0x5D:
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
            index += 1
        }
        return count
    }

    /// Whether two ranges of the same length have the same bytes.
    @inline(__always)
    static func areEqual(_ one: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, count: Int) -> Bool {
        var index = 0
        while index + 8 <= count {
            let left = UnsafeRawPointer(one + index).loadUnaligned(as: UInt64.self)
            if left != UnsafeRawPointer(other + index).loadUnaligned(as: UInt64.self) { return false }
            index += 8
        }
        while index < count {
            if one[index] != other[index] { return false }
            index += 1
        }
        return true
    }
}

/// Where the content of a string is, between its quotes.
struct StringPlace: BitwiseCopyable {
    let start: Int
    let end: Int
    let hasEscapes: Bool

    /// The number of bytes, as written.
    var count: Int { end - start }
}
