import Digests
import Testing

/// Examples of FIPS 180-4, as NIST's "Examples with Intermediate Values" has them.
@Suite struct DigestTests {
    private static let twoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (twoBlocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ])
    func `SHA-256 of a text`(_ text: String, _ digits: String) {
        #expect(SHA256.digest(of: text.utf8).hexadecimal == digits)
    }

    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (twoBlocks, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
    ])
    func `SHA-1 of a text`(_ text: String, _ digits: String) {
        #expect(SHA1.digest(of: text.utf8).hexadecimal == digits)
    }

    @Test func `bytes in pieces have the digest of the whole, and a copy continues by itself`() {
        var hash = SHA256()
        for _ in 0..<1000 { hash.update([UInt8](repeating: UInt8(ascii: "a"), count: 999)) }
        let early = hash
        hash.update([UInt8](repeating: UInt8(ascii: "a"), count: 1000))
        let million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(hash.finished().hexadecimal == million && early.finished().hexadecimal != million)
    }

    @Test func `digests are equal if their bytes are, and one of another length never is`() {
        let digest = SHA256.digest(of: "abc".utf8)
        #expect(digest == SHA256.digest(of: Array("abc".utf8)) && digest != SHA256.digest(of: "abd".utf8))
        #expect(digest.withBytes(\.count) == 32 && SHA1.digest(of: "abc".utf8).withBytes(\.count) == 20)
    }
}
