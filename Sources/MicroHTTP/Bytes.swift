/// Comparisons and character classes of HTTP's grammar for bytes.
extension Sequence<UInt8> {
    /// Whether both are equal except for the case of ASCII letters, as for names of fields and codings (RFC 9110 §5.1).
    func equalsIgnoringCase(_ other: some Sequence<UInt8>) -> Bool {
        elementsEqual(other) { $0 == $1 || $0.lowercased == $1.lowercased }
    }
}

extension UInt8 {
    var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    var isDigit: Bool { self &- 0x30 < 10 }

    /// Whether this is a character of a token (RFC 9110 §5.6.2).
    var isTokenCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Whether this is a lower-case hexadecimal digit, as in `traceparent`.
    var isLowercaseHex: Bool { isDigit || self &- 0x61 < 6 }
}
