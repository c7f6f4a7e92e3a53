extension PatternTranslator {
    /// The sets, for the inside of a class. They are written out, because PCRE2's white space is another, and its `\D`
    /// and `\W` don't accept every character beyond ASCII when a text may be invalid.
    private static let sets: [Unicode.Scalar: StaticString] = [
        "d": "0-9",
        "D": "\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}",
        "w": "0-9A-Z_a-z",
        "W": "\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{10ffff}",
        "s": """
        \\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\
        \\x{feff}
        """,
        "S": """
        \\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\
        \\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}
        """,
    ]

    /// Translates an escape outside of a class.
    mutating func escape() throws(PatternError) {
        let start = position
        guard let letter = next() else { throw failure("a pattern can't end in '\\'") }
        switch letter {
        case "1"..."9":
            position += 1
            appendReference(decimal(), name: nil, at: start)
        case "k":
            position += 2
            appendReference(0, name: try referenceName(), at: start)
        default:
            if let set = Self.sets[letter] {
                position += 2
                emit("[")
                emit(set)
                emit("]")
            } else if try !takeProperty() {
                appendLiteral(try characterEscape())
            }
        }
    }

    private mutating func decimal() -> Int {
        var number = 0
        while let digit = current, "0"..."9" ~= digit {
            number = min(number * 10 + Int(digit.value - 0x30), 100_000)
            position += 1
        }
        return number
    }

    /// Translates a property `\p{…}`, inside or outside of a class. False: there is another escape.
    private mutating func takeProperty() throws(PatternError) -> Bool {
        guard let letter = next(), letter == "p" || letter == "P" else { return false }
        guard next(2) == "{", let close = source[position...].firstIndex(of: "}") else {
            throw failure("'\\\(letter)' must be followed by a property in '{…}'")
        }
        let text = String(String.UnicodeScalarView(source[(position + 3)..<close]))
        guard let name = UnicodeProperty.translated(text) else {
            throw failure("'\(text)' is not a property that ECMA-262 knows")
        }
        output.append(contentsOf: "\\\(letter){\(name)}".utf8)
        position = close + 1
        return true
    }

    /// Reads the escape of one character.
    private mutating func characterEscape() throws(PatternError) -> Unicode.Scalar {
        let start = position
        guard let letter = next() else { throw failure("a pattern can't end in '\\'") }
        position += 2
        switch letter {
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{B}"
        case "0":
            if let digit = current, "0"..."9" ~= digit {
                throw failure("'\\0' can't be followed by a digit", at: start)
            }
            return "\0"
        case "c":
            guard let control = current, control.isASCII, control.properties.isAlphabetic else {
                throw failure("'\\c' must be followed by a letter", at: start)
            }
            position += 1
            return Unicode.Scalar(UInt8(control.value & 31))
        case "x": return Unicode.Scalar(UInt8(try hexadecimal(2, at: start)))
        case "u": return try unicodeEscape(at: start)
        default:
            guard letter.isASCII, !letter.properties.isAlphabetic, !("0"..."9" ~= letter),
                letter.value >= 0x20
            else { throw failure("'\\\(letter)' is not an escape of ECMA-262", at: start) }
            return letter
        }
    }

    private mutating func hexadecimal(_ count: Int, at start: Int) throws(PatternError) -> UInt32 {
        let digits = source[position...].prefix(count)
        guard digits.count == count, digits.allSatisfy(\.properties.isASCIIHexDigit),
            let value = UInt32(String(String.UnicodeScalarView(digits)), radix: 16)
        else { throw failure("the escape needs \(count) hexadecimal digits", at: start) }
        position += count
        return value
    }

    private mutating func unicodeEscape(at start: Int) throws(PatternError) -> Unicode.Scalar {
        if take("{") {
            guard let close = source[position...].firstIndex(of: "}") else { throw failure("'\\u{' is not closed") }
            let digits = source[position..<close]
            guard !digits.isEmpty, digits.allSatisfy(\.properties.isASCIIHexDigit),
                let value = UInt32(String(String.UnicodeScalarView(digits)), radix: 16),
                let scalar = Unicode.Scalar(value)
            else { throw failure("'\\u{…}' is not the number of a character", at: start) }
            position = close + 1
            return scalar
        }
        let unit = try hexadecimal(4, at: start)
        if let scalar = Unicode.Scalar(unit) { return scalar }
        if unit < 0xDC00, take("\\u") {
            let low = try hexadecimal(4, at: start)
            if 0xDC00...0xDFFF ~= low, let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) {
                return scalar
            }
        }
        throw failure("half of a surrogate pair is not a character; write the character or '\\u{…}'", at: start)
    }

    /// Translates a class `[…]`.
    mutating func characterClass() throws(PatternError) {
        let start = position
        let isNegated = take("[^")
        if !isNegated { position += 1 }
        if take("]") {
            isNegated ? emit("(?s:.)") : emit("(?!)")
            return
        }
        isNegated ? emit("[^") : emit("[")
        while current != "]" {
            guard current != nil else { throw failure("a class is not closed", at: start) }
            guard let first = try classMember() else { continue }
            appendLiteral(first)
            guard current == "-", let end = next(), end != "]" else { continue }
            let dash = position
            position += 1
            guard let last = try classMember(afterDash: true) else { continue }
            if last < first { throw failure("the range is out of order", at: dash) }
            emit("-")
            appendLiteral(last)
        }
        position += 1
        emit("]")
    }

    /// A member of a class that is one character; nil if it was a set, which is translated then.
    ///
    /// - Parameter afterDash: A set makes the `-` before it a character.
    private mutating func classMember(afterDash: Bool = false) throws(PatternError) -> Unicode.Scalar? {
        guard let scalar = current else { throw failure("a class is not closed") }
        guard scalar == "\\" else {
            if scalar == "[", let kind = next(), kind == ":" || kind == "." || kind == "=",
                let close = source[(position + 2)...].firstIndex(of: kind), close + 1 < source.count,
                source[close + 1] == "]"
            {
                throw failure("ECMA-262 has no POSIX classes")
            }
            position += 1
            return scalar
        }
        if next() == "b" {
            position += 2
            return "\u{8}"
        }
        let before = output.count
        if let letter = next(), let set = Self.sets[letter] {
            position += 2
            emit(set)
        } else if try !takeProperty() {
            return try characterEscape()
        }
        if afterDash { output.insert(contentsOf: "\\x{2d}".utf8, at: before) }
        return nil
    }
}
