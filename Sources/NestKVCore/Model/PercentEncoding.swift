extension StringProtocol {
    /// The bytes that this percent-encoded text stands for (RFC 3986 §2.1); nil when a `%` is not followed by two
    /// hexadecimal digits.
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

    /// The text that this percent-encoded text stands for; nil when it is malformed or not UTF-8 then.
    public var percentDecoded: String? {
        percentDecodedBytes.flatMap { String(validating: $0, as: UTF8.self) }
    }
}
