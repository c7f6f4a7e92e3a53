import MicroText

/// SHA-256 over the RFC 8785 canonical form of a value. Equal JSON has an equal hash, however it is written.
public struct DataHash: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// A hash from its 32 bytes.
    ///
    /// - Precondition: `bytes` has 32 bytes.
    public init(bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == 32, "a SHA-256 hash has 32 bytes")
        words = (
            bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        )
    }

    /// The first 8 bytes of the hash, in memory order.
    public var prefix: UInt64 { words.0 }

    /// Calls `body` with the 32 bytes of the hash.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: words, body)
    }

    public static func == (left: DataHash, right: DataHash) -> Bool {
        left.words == right.words
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}

extension DataHash: CustomStringConvertible {
    /// `sha256:` and 64 hexadecimal digits.
    public var description: String {
        String(unsafeUninitializedCapacity: DataHash.textLength) { text in
            write(to: text)
            return DataHash.textLength
        }
    }

    /// The bytes of ``description``.
    public static let textLength = 71

    /// Writes ``description`` without making a string.
    public func write(to text: UnsafeMutableBufferPointer<UInt8>) {
        _ = text.update(fromContentsOf: "sha256:".utf8)
        withBytes { bytes in
            for (index, byte) in bytes.enumerated() {
                text[7 + index * 2] = Hexadecimal.digit(byte >> 4)
                text[8 + index * 2] = Hexadecimal.digit(byte & 15)
            }
        }
    }

    /// Reads 64 hexadecimal digits; nil for any other text.
    public init?(hexadecimal digits: some Collection<UInt8>) {
        guard digits.count == 64, let bytes = Hexadecimal.bytes(of: digits) else { return nil }
        self = bytes.withUnsafeBytes { DataHash(bytes: $0) }
    }
}

extension DataHash {
    /// The value of the field `Repr-Digest` (RFC 9530 §3): `sha-256=:…:` with base 64 between the colons.
    public var reprDigest: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text = Array("sha-256=:".utf8)
        withBytes { bytes in
            for start in stride(from: 0, to: 30, by: 3) {
                let group = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
                for shift in [18, 12, 6, 0] { text.append(alphabet[group >> shift & 63]) }
            }
            let last = Int(bytes[30]) << 16 | Int(bytes[31]) << 8
            for shift in [18, 12, 6] { text.append(alphabet[last >> shift & 63]) }
        }
        text.append(contentsOf: "=:".utf8)
        return String(decoding: text, as: UTF8.self)
    }
}
