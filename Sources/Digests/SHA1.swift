import CCrypto

/// SHA-1 (FIPS 180-4 §6.1), by libcrypto, for what Redis computes by it. It protects nothing.
public enum SHA1 {
    /// The digest of these bytes.
    public static func digest(of bytes: some Collection<UInt8>) -> Digest {
        bytes.withContiguousStorageIfAvailable(digest) ?? Array(bytes).withUnsafeBufferPointer(digest)
    }

    private static func digest(_ bytes: UnsafeBufferPointer<UInt8>) -> Digest {
        var context = SHA_CTX()
        SHA1_Init(&context)
        SHA1_Update(&context, bytes.baseAddress, bytes.count)
        return Digest(count: Int(SHA_DIGEST_LENGTH)) { SHA1_Final($0, &context) }
    }
}
