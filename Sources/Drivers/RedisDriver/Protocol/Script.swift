import Crypto

/// A Lua script, run by its SHA-1. The server keeps it until it restarts or is told to forget it.
struct Script: Sendable {
    /// Its name, for logs.
    let name: String
    /// Its source.
    let source: [UInt8]
    /// The SHA-1 of its source, 40 hexadecimal digits.
    let digest: [UInt8]

    init(_ name: String, _ source: [UInt8]) {
        self.name = name
        self.source = source
        digest = TextDigest(of: source).hexadecimal
    }
}

/// The SHA-1 of a value's text. It shows whether a value is still the one that nestkv wrote, because Redis' scripts can
/// compute it. It is not a protection.
struct TextDigest: Equatable, Sendable {
    /// 40 hexadecimal digits.
    let hexadecimal: [UInt8]

    /// The text in place of a digest if there is no value.
    static let none = Array("-".utf8)

    init(of text: some Collection<UInt8>) {
        let digest = text.withContiguousStorageIfAvailable { Insecure.SHA1.hash(data: UnsafeRawBufferPointer($0)) }
        hexadecimal = Hexadecimal.digits(of: digest ?? Insecure.SHA1.hash(data: Array(text)))
    }

    /// Whether these digits are the text's digest.
    static func matches(_ digits: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard digits.count == 40 else { return false }
        var hash = Insecure.SHA1()
        hash.update(bufferPointer: UnsafeRawBufferPointer(text))
        var index = 0
        for byte in hash.finalize() {
            guard digits[index] == Hexadecimal.alphabet[Int(byte >> 4)],
                digits[index + 1] == Hexadecimal.alphabet[Int(byte & 15)]
            else { return false }
            index += 2
        }
        return true
    }
}

/// Bytes as lower-case hexadecimal digits, and back.
enum Hexadecimal {
    static let alphabet = Array("0123456789abcdef".utf8)

    static func digits(of bytes: some Sequence<UInt8>) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        for byte in bytes {
            digits.append(alphabet[Int(byte >> 4)])
            digits.append(alphabet[Int(byte & 15)])
        }
        return digits
    }

    /// The bytes of hexadecimal digits; nil if there are other characters among them.
    static func bytes(of digits: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(of: digits[index]), let low = value(of: digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
