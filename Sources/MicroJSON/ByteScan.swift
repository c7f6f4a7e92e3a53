/// Fast scans over bytes, eight at a time.
///
/// They are used on checked text, but every read stays inside the buffer for any bytes.
enum ByteScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Eight bytes, the first in the lowest bits.
    @inline(__always)
    static func load(_ base: UnsafePointer<UInt8>, _ index: Int) -> UInt64 {
        // An unaligned load; the caller has checked that there are eight bytes.
        UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
    }

    /// Marks the highest bit of each zero byte. Marks above the lowest one may be wrong.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- ones) & ~word & highs
    }

    /// Marks each quote, backslash and control character. Marks above the lowest one may be wrong.
    @inline(__always)
    static func specialMarks(_ word: UInt64) -> UInt64 {
        let quotes = zeroBytes(word ^ (ones &* UInt64(Ascii.quote)))
        let backslashes = zeroBytes(word ^ (ones &* UInt64(Ascii.backslash)))
        let controls = (word &- (ones &* 0x20)) & ~word & highs
        return quotes | backslashes | controls
    }

    /// Whether two ranges of bytes are equal.
    @inline(__always)
    static func areEqual(_ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        guard let left = one.baseAddress, let right = other.baseAddress else { return true }
        var index = 0
        while index + 8 <= one.count {
            if load(left, index) != load(right, index) { return false }
            index += 8
        }
        while index < one.count {
            if left[index] != right[index] { return false }
            index += 1
        }
        return true
    }

    /// Marks each byte above 0x7F.
    @inline(__always)
    static func nonASCIIMarks(_ word: UInt64) -> UInt64 { word & highs }

    /// The index of the next quote, backslash or control character; the count if there is no such byte.
    static func specialByte(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let base = bytes.baseAddress else { return bytes.count }
        var index = start
        while index + 8 <= bytes.count {
            let marks = specialMarks(load(base, index))
            if marks != 0 { return index + marks.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < bytes.count {
            let byte = base[index]
            if byte < 0x20 || byte == Ascii.quote || byte == Ascii.backslash { return index }
            index += 1
        }
        return index
    }

    /// From after a string's opening quote, the index of its closing quote (or the count), and whether it has escapes.
    static func endOfString(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> (quote: Int, hasEscapes: Bool) {
        var hasEscapes = false
        var index = specialByte(in: bytes, from: start)
        while index < bytes.count, bytes[index] != Ascii.quote {
            if bytes[index] == Ascii.backslash {
                hasEscapes = true
                index += 1
            }
            index = index + 1 < bytes.count ? specialByte(in: bytes, from: index + 1) : bytes.count
        }
        return (index, hasEscapes)
    }

    /// From a value's first byte, the index after its last byte.
    static func endOfValue(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard start < bytes.count else { return bytes.count }
        switch bytes[start] {
        case Ascii.quote:
            return min(endOfString(in: bytes, from: start + 1).quote + 1, bytes.count)
        case Ascii.openBrace, Ascii.openBracket:
            return endOfContainer(in: bytes, from: start)
        default:
            var index = start + 1
            while index < bytes.count, !isEndOfScalar(bytes[index]) { index += 1 }
            return index
        }
    }

    @inline(__always)
    private static func isEndOfScalar(_ byte: UInt8) -> Bool {
        byte == Ascii.comma || byte == Ascii.closeBrace || byte == Ascii.closeBracket
    }

    private static func endOfContainer(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var depth = 0
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case Ascii.quote:
                index = endOfString(in: bytes, from: index + 1).quote
            case Ascii.openBrace, Ascii.openBracket:
                depth += 1
            case Ascii.closeBrace, Ascii.closeBracket:
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
            index += 1
        }
        return bytes.count
    }
}
