import CCrypto

/// SHA-256 (FIPS 180-4 §6.2), by libcrypto. Bytes may come in pieces.
public struct SHA256: Sendable {
    private var context = SHA256_CTX()

    /// A hash of nothing so far.
    public init() {
        SHA256_Init(&context)
    }

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&context, bytes.baseAddress, bytes.count)
    }

    /// Adds bytes.
    public mutating func update(_ bytes: some Collection<UInt8>) {
        if bytes.withContiguousStorageIfAvailable({ update(UnsafeRawBufferPointer($0)) }) == nil {
            update(Array(bytes))
        }
    }

    /// The digest of all bytes that were added.
    public consuming func finished() -> Digest {
        Digest(count: Int(SHA256_DIGEST_LENGTH)) { SHA256_Final($0, &context) }
    }

    /// The digest of these bytes.
    public static func digest(of bytes: some Collection<UInt8>) -> Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finished()
    }
}
