/// Percent-encoding (RFC 3986 §2.1).
public enum PercentEncoding {
    /// The text of bytes, with `%XX` for each byte that isn't kept as it is.
    public static func encode(_ bytes: some Collection<UInt8>, keeping isKept: (UInt8) -> Bool) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        for byte in bytes {
            if isKept(byte) {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "%"))
                text.append(Hexadecimal.upperCaseDigit(byte >> 4))
                text.append(Hexadecimal.upperCaseDigit(byte & 15))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; nil if a `%` is not followed by two hexadecimal digits.
    ///
    /// - Parameter plusIsSpace: whether `+` means a space, as in a query.
    public static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(Hexadecimal.value),
                    let low = rest.popFirst().flatMap(Hexadecimal.value)
                else { return nil }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return bytes
    }

    /// Whether a byte is a letter or a digit of ASCII, or one of `-._~` (RFC 3986 §2.3).
    public static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

extension Collection<UInt8> {
    /// These bytes percent-encoded for a segment of a path or a value in a query. Only the unreserved characters (RFC
    /// 3986 §2.3) and `:`, `@`, `!`, `$`, `,`, `=` (§3.3) are not encoded.
    public var percentEncoded: String {
        PercentEncoding.encode(self) { byte in
            switch byte {
            case UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: ","),
                UInt8(ascii: "="):
                true
            default: PercentEncoding.isUnreserved(byte)
            }
        }
    }
}

extension StringProtocol {
    /// The decoded bytes of this percent-encoded text; nil if it is malformed.
    public var percentDecodedBytes: [UInt8]? { PercentEncoding.decode(utf8) }

    /// The decoded form of this percent-encoded text; nil if it is malformed or the result is not UTF-8.
    public var percentDecoded: String? {
        percentDecodedBytes.flatMap { String(validating: $0, as: UTF8.self) }
    }
}
