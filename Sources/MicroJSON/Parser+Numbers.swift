extension Parser {
    /// Reads a number (RFC 8259 §6) and keeps it as written.
    @inline(__always)
    mutating func number() throws(JSONSyntaxError) {
        let start = position
        if current == Ascii.minus { position += 1 }
        let firstDigit = position
        if current == Ascii.zero {
            position += 1
            if Ascii.isDigit(current) { throw failure(.syntax, "a number must not have leading zeros") }
        } else {
            try digits(after: "'-'")
        }
        let byte = current
        if byte == Ascii.point || byte | 0x20 == Ascii.letterE {
            try fractionAndExponent(from: start)
        } else if position - firstDigit > 21 || (position - start == 2 && bytes[firstDigit] == Ascii.zero) {
            // The canonical form of more digits has an exponent, and that of -0 is 0.
            isCanonical = false
        }
    }

    private mutating func fractionAndExponent(from start: Int) throws(JSONSyntaxError) {
        if current == Ascii.point {
            position += 1
            try digits(after: "the decimal point")
        }
        if current | 0x20 == Ascii.letterE {
            isCanonical = false
            position += 1
            if current == Ascii.minus || current == Ascii.plus { position += 1 }
            let firstDigit = position
            try digits(after: "the exponent sign")
            let significant = bytes[firstDigit..<position].drop { $0 == Ascii.zero }.count
            if significant >= JSONNumber.maximumExponentDigits {
                let number = JSONNumber(UnsafeBufferPointer(rebasing: bytes[start..<position]))
                guard significant == JSONNumber.maximumExponentDigits, number.hasSmallExponent else {
                    position = firstDigit
                    throw failure(.range, "the exponent has more than \(JSONNumber.maximumExponentDigits) digits")
                }
            }
        } else if isCanonical {
            isCanonical = JSONNumber.isCanonicalFraction(UnsafeBufferPointer(rebasing: bytes[start..<position]))
        }
    }

    @inline(__always)
    private mutating func digits(after what: StaticString) throws(JSONSyntaxError) {
        guard Ascii.isDigit(current) else { throw unexpected("a digit after \(what)") }
        repeat { position += 1 } while Ascii.isDigit(current)
    }
}
