/// Decodes and writes the escapes of JSON strings (RFC 8259 §7).
package enum StringCodec {
    /// The content of a checked string without its quotes, escapes decoded.
    static func decoded(_ raw: ArraySlice<UInt8>) -> [UInt8] {
        raw.withUnsafeBufferPointer { decoded($0) }
    }

    /// The content of a checked string without its quotes, escapes decoded.
    static func decoded(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        guard raw.contains(Ascii.backslash) else { return Array(raw) }
        return Array(unsafeUninitializedCapacity: raw.count) { content, count in count = decode(raw, into: content) }
    }

    /// Appends the content of a checked string. An invalid escape is copied without its backslash.
    static func decode(_ raw: UnsafeBufferPointer<UInt8>, into content: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: raw.count) { buffer in
            let count = decode(raw, into: buffer)
            content.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Writes the content of a checked string and returns its number of bytes. It is never longer than its spelling.
    package static func decode(
        _ raw: UnsafeBufferPointer<UInt8>, into content: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var (index, count) = (0, 0)
        func append(_ byte: UInt8) {
            content[count] = byte
            count += 1
        }
        while index < raw.count {
            let byte = raw[index]
            guard byte == Ascii.backslash, index + 1 < raw.count else {
                append(byte)
                index += 1
                continue
            }
            let letter = raw[index + 1]
            index += 2
            if letter == Ascii.letterU, let (scalar, length) = unicodeEscape(in: raw, at: index) {
                for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(byte) }
                index += length
            } else {
                append(escapedByte(letter) ?? letter)
            }
        }
        return count
    }

    /// The byte of a two-character escape such as `\n`.
    @inline(__always)
    static func escapedByte(_ letter: UInt8) -> UInt8? {
        switch letter {
        case Ascii.quote, Ascii.backslash, Ascii.slash: letter
        case 0x62: Ascii.backspace
        case 0x66: Ascii.formFeed
        case 0x6E: Ascii.lineFeed
        case 0x72: Ascii.carriageReturn
        case 0x74: Ascii.tab
        default: nil
        }
    }

    /// The scalar of the digits after `\u`, and their number of bytes: 4, or 10 for a surrogate pair.
    static func unicodeEscape(
        in raw: UnsafeBufferPointer<UInt8>, at index: Int
    ) -> (scalar: Unicode.Scalar, length: Int)? {
        guard let unit = hexUnit(in: raw, at: index) else { return nil }
        if let scalar = Unicode.Scalar(unit) { return (scalar, 4) }
        guard unit < 0xDC00, index + 10 <= raw.count, raw[index + 4] == Ascii.backslash,
            raw[index + 5] == Ascii.letterU, let low = hexUnit(in: raw, at: index + 6), 0xDC00...0xDFFF ~= low,
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { return nil }
        return (scalar, 10)
    }

    /// Four hexadecimal digits as a number.
    static func hexUnit(in raw: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32? {
        guard index + 4 <= raw.count else { return nil }
        var unit: UInt32 = 0
        for byte in raw[index..<(index + 4)] {
            guard let digit = Ascii.hexValue(byte) else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }

    /// Appends content to a string's text, with only the escapes that RFC 8785 §3.2.2.2 requires.
    static func encode(_ content: UnsafeBufferPointer<UInt8>, into text: inout [UInt8]) {
        var runStart = 0
        var index = ByteScan.specialByte(in: content, from: 0)
        while index < content.count {
            text.append(contentsOf: content[runStart..<index])
            appendEscape(of: content[index], to: &text)
            runStart = index + 1
            index = ByteScan.specialByte(in: content, from: runStart)
        }
        text.append(contentsOf: content[runStart...])
    }

    private static func appendEscape(of byte: UInt8, to text: inout [UInt8]) {
        text.append(Ascii.backslash)
        switch byte {
        case Ascii.quote, Ascii.backslash: text.append(byte)
        case Ascii.backspace: text.append(0x62)
        case Ascii.formFeed: text.append(0x66)
        case Ascii.lineFeed: text.append(0x6E)
        case Ascii.carriageReturn: text.append(0x72)
        case Ascii.tab: text.append(0x74)
        default:
            let digits = Array("0123456789abcdef".utf8)
            text.append(contentsOf: [Ascii.letterU, Ascii.zero, Ascii.zero])
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }
}

extension UTF8 {
    /// U+FFFD.
    fileprivate static var encodedReplacementCharacter: UTF8.EncodedScalar { UTF8.encode("\u{FFFD}")! }
}
