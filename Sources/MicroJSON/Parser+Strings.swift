extension Parser {
    /// Reads a string, from its opening quote to after its closing one. Returns whether it has escapes.
    @inline(__always)
    mutating func string() throws(JSONSyntaxError) -> Bool {
        let start = position
        var hasEscapes = false
        position += 1
        while true {
            skipPlainASCII()
            let byte = current
            if byte == Ascii.quote {
                position += 1
                return hasEscapes
            } else if byte == Ascii.backslash {
                hasEscapes = true
                try escape()
            } else if byte >= 0x80 {
                try multibyteScalar()
            } else {
                throw brokenString(from: start)
            }
        }
    }

    /// Skips bytes that need no decoding, eight at a time.
    @inline(__always)
    private mutating func skipPlainASCII() {
        guard let base = bytes.baseAddress else { return }
        while position + 8 <= bytes.count {
            let word = ByteScan.load(base, position)
            let marks = ByteScan.specialMarks(word) | ByteScan.nonASCIIMarks(word)
            guard marks == 0 else {
                position += marks.trailingZeroBitCount >> 3
                return
            }
            position += 8
        }
        while position < bytes.count {
            let byte = base[position]
            if byte < 0x20 || byte >= 0x80 || byte == Ascii.quote || byte == Ascii.backslash { return }
            position += 1
        }
    }

    /// Reads one scalar of two to four bytes. Refuses overlong forms, surrogates and values above U+10FFFF (RFC 3629
    /// §4).
    @inline(__always)
    private mutating func multibyteScalar() throws(JSONSyntaxError) {
        let lead = bytes[position]
        switch lead {
        case 0xC2...0xDF: try continuation(1, first: 0x80...0xBF)
        case 0xE0: try continuation(2, first: 0xA0...0xBF)
        case 0xED: try continuation(2, first: 0x80...0x9F)
        case 0xE1...0xEF: try continuation(2, first: 0x80...0xBF)
        case 0xF0: try continuation(3, first: 0x90...0xBF)
        case 0xF1...0xF3: try continuation(3, first: 0x80...0xBF)
        case 0xF4: try continuation(3, first: 0x80...0x8F)
        default: throw failure(.encoding, "the string is not UTF-8: byte \(Self.hex(lead)) can't start a character")
        }
    }

    @inline(__always)
    private mutating func continuation(_ count: Int, first: ClosedRange<UInt8>) throws(JSONSyntaxError) {
        guard position + count < bytes.count, first ~= bytes[position + 1],
            count < 2 || bytes[position + 2] & 0xC0 == 0x80, count < 3 || bytes[position + 3] & 0xC0 == 0x80
        else {
            let reason = "the string is not UTF-8: byte \(Self.hex(bytes[position])) starts an incomplete, overlong or "
            throw failure(.encoding, reason + "invalid character")
        }
        position += count + 1
    }

    /// Reads an escape, from its backslash on.
    private mutating func escape() throws(JSONSyntaxError) {
        let start = position
        position += 1
        let letter = current
        position += 1
        if letter == Ascii.letterU {
            try unicodeEscape(from: start)
        } else if StringCodec.escapedByte(letter) == nil {
            position -= 1
            throw unexpected("one of \" \\ / b f n r t u after a backslash")
        } else if letter == Ascii.slash {
            isCanonical = false
        }
    }

    private mutating func unicodeEscape(from start: Int) throws(JSONSyntaxError) {
        isCanonical = false
        if let (_, length) = StringCodec.unicodeEscape(in: bytes, at: position) {
            position += length
            return
        }
        for _ in 0..<4 {
            guard Ascii.hexValue(current) != nil else { throw unexpected("four hexadecimal digits after \\u") }
            position += 1
        }
        position = start
        throw failure(.encoding, "the \\u escape is one half of a surrogate pair without the other half")
    }

    private func brokenString(from start: Int) -> JSONSyntaxError {
        guard position < bytes.count else {
            return failure(.syntax, "expected '\"' at the end of the string that starts at byte \(start), \(found)")
        }
        return failure(.syntax, "expected an escape for the control character in the string, \(found)")
    }
}
