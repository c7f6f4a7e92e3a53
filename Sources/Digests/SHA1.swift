import CCrypto

/// SHA-1 (FIPS 180-4 §6.1), by libcrypto, for what Redis computes by it. It protects nothing. Bytes may come in pieces.
public struct SHA1: Sendable {
    private var context = SHA_CTX()

    /// A hash of nothing so far.
    public init() {
        SHA1_Init(&context)
    }

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA1_Update(&context, bytes.baseAddress, bytes.count)
    }

    /// Adds bytes.
    public mutating func update(_ bytes: some Collection<UInt8>) {
        if bytes.withContiguousStorageIfAvailable({ update(UnsafeRawBufferPointer($0)) }) == nil {
            update(Array(bytes))
        }
    }

    /// The digest of all bytes that were added.
    public consuming func finished() -> Digest {
        Digest(count: Int(SHA_DIGEST_LENGTH)) { SHA1_Final($0, &context) }
    }

    /// The digest of these bytes.
    public static func digest(of bytes: some Collection<UInt8>) -> Digest {
        var hash = SHA1()
        hash.update(bytes)
        return hash.finished()
    }
}
