extension Bytes {
    /// Calls `body` with the decoded content of a string. Content without escapes is not copied.
    @inline(__always)
    func withContent<Result>(of string: StringPlace, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let raw = UnsafeBufferPointer(start: base + string.start, count: string.count)
        return string.hasEscapes ? Self.withDecoded(raw, body) : body(raw)
    }

    /// Decoded content is never longer than its spelling; up to 1 KiB of it is on the stack.
    @inline(never)
    private static func withDecoded<Result>(
        _ raw: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(raw.count, 1)) { buffer in
            let count = decode(raw, into: buffer)
            return body(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private static func decode(
        _ raw: UnsafeBufferPointer<UInt8>, into buffer: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var (index, count) = (0, 0)
        while index < raw.count {
            guard raw[index] == 0x5C, index + 1 < raw.count else {
                buffer[count] = raw[index]
                (index, count) = (index + 1, count + 1)
                continue
            }
            let letter = raw[index + 1]
            if letter == 0x75, let unit = hexUnit(raw, at: index + 2) {
                index += 6
                var scalar = unit
                if 0xD800...0xDBFF ~= unit, index + 1 < raw.count, raw[index] == 0x5C, raw[index + 1] == 0x75,
                    let low = hexUnit(raw, at: index + 2), 0xDC00...0xDFFF ~= low
                {
                    scalar = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                for byte in UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? UTF8.EncodedScalar() {
                    buffer[count] = byte
                    count += 1
                }
            } else {
                buffer[count] = plainEscape(letter)
                (index, count) = (index + 2, count + 1)
            }
        }
        return count
    }

    private static func hexUnit(_ raw: UnsafeBufferPointer<UInt8>, at start: Int) -> UInt32? {
        guard start + 4 <= raw.count else { return nil }
        var unit: UInt32 = 0
        for byte in raw[start..<(start + 4)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    private static func plainEscape(_ letter: UInt8) -> UInt8 {
        switch letter {
        case 0x62: 0x08
        case 0x66: 0x0C
        case 0x6E: 0x0A
        case 0x72: 0x0D
        case 0x74: 0x09
        default: letter
        }
    }

    /// The number of code points of a string, by decoding only its escapes.
    @inline(__always)
    func codePoints(of string: StringPlace) -> Int {
        withContent(of: string) { content in
            var count = 0
            for byte in content where byte & 0xC0 != 0x80 { count += 1 }
            return count
        }
    }
}
