import Crypto
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
            guard digits[index] == Hexadecimal.digit(byte >> 4),
                digits[index + 1] == Hexadecimal.digit(byte & 15)
            else { return false }
            index += 2
        }
        return true
    }
}
