import Digests
import MicroText

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
        hexadecimal = SHA1.digest(of: text).withBytes { Hexadecimal.digits(of: $0) }
    }

    /// Whether these digits are the text's digest.
    static func matches(_ digits: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard digits.count == 40 else { return false }
        return SHA1.digest(of: text).withBytes { bytes in
            bytes.indices.allSatisfy { index in
                digits[index * 2] == Hexadecimal.digit(bytes[index] >> 4)
                    && digits[index * 2 + 1] == Hexadecimal.digit(bytes[index] & 15)
            }
        }
    }
}
