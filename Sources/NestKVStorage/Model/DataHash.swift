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
