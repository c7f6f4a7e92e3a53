extension Collection<UInt8> {
    /// These bytes percent-encoded for a segment of a path or a value in a query. Only the unreserved characters (RFC
    /// 3986 §2.3) and `:`, `@`, `!`, `$`, `,`, `=` (§3.3) are not encoded.
    public var percentEncoded: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(count)
        for byte in self {
            if byte.standsUnencoded {
                text.append(byte)
            } else {
                text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var standsUnencoded: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"),
            UInt8(ascii: "@"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: ","), UInt8(ascii: "="):
            true
        default: false
        }
    }
}

extension StringProtocol {
    /// The decoded bytes of this percent-encoded text (RFC 3986 §2.1); nil if a `%` is not followed by two hexadecimal
    /// digits.
    public var percentDecodedBytes: [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest.removeFirst(2)
        }
        return bytes
    }

    /// The decoded form of this percent-encoded text; nil if it is malformed or the result is not UTF-8.
    public var percentDecoded: String? {
        percentDecodedBytes.flatMap { String(validating: $0, as: UTF8.self) }
    }
}
