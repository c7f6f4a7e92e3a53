import CCrypto
import FoundationEssentials

/// A key of an operator, an account or a user, and the JWTs that it signs.
struct NKey {
    /// Whose key it is; the first character of the public key.
    enum Kind: UInt8 {
        case `operator` = 0x70
        case account = 0x00
        case user = 0xA0
    }

    let kind: Kind
    private let key: SigningKey

    /// A new key.
    init(_ kind: Kind) {
        self.kind = kind
        key = SigningKey(seed: (0..<32).map { _ in .random(in: 0...255) })
    }

    /// The public key: `O…`, `A…`, `U…`.
    var name: String { Self.text([kind.rawValue] + key.publicKey) }

    /// The seed: `SO…`, `SA…`, `SU…`.
    var seed: String {
        Self.text([0x90 | kind.rawValue >> 5, (kind.rawValue & 31) << 3] + key.seed)
    }

    /// A JWT about another key, or this one.
    ///
    /// - Parameters:
    ///   - claims: the members of `nats`, as JSON.
    ///   - expires: seconds from now.
    func token(about subject: String, _ claims: String, expires: Int? = nil) -> String {
        let now = Int(Date().timeIntervalSince1970)
        let end = expires.map { "\"exp\":\(now + $0)," } ?? ""
        let body =
            #"{"jti":"\#(subject)","iat":\#(now - 60),\#(end)"iss":"\#(name)","sub":"\#(subject)","nats":\#(claims)}"#
        let text = Self.base64(Array(#"{"typ":"JWT","alg":"ed25519-nkey"}"#.utf8)) + "." + Self.base64(Array(body.utf8))
        return text + "." + Self.base64(key.signature(of: Array(text.utf8)))
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Base32 of bytes and their CRC-16 (XMODEM).
    private static func text(_ bytes: [UInt8]) -> String {
        let sum = bytes.reduce(UInt16(0)) { sum, byte in
            (0..<8).reduce(sum ^ UInt16(byte) << 8) { sum, _ in sum << 1 ^ (sum & 0x8000 == 0 ? 0 : 0x1021) }
        }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var (text, bits, count) = ("", UInt32(0), 0)
        for byte in bytes + [UInt8(truncatingIfNeeded: sum), UInt8(sum >> 8)] {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(bits >> count & 31)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << (5 - count) & 31)]) }
        return text
    }
}

/// An Ed25519 key (RFC 8032 §5.1), by libcrypto.
private struct SigningKey: Sendable {
    /// 32 bytes.
    let seed: [UInt8]

    /// 32 bytes.
    var publicKey: [UInt8] {
        withKey { key in
            var count = 32
            var bytes = [UInt8](repeating: 0, count: count)
            EVP_PKEY_get_raw_public_key(key, &bytes, &count)
            return bytes
        }
    }

    /// 64 bytes.
    func signature(of text: [UInt8]) -> [UInt8] {
        withKey { key in
            let context = EVP_MD_CTX_new()
            defer { EVP_MD_CTX_free(context) }
            var count = 64
            var bytes = [UInt8](repeating: 0, count: count)
            EVP_DigestSignInit(context, nil, nil, nil, key)
            EVP_DigestSign(context, &bytes, &count, text, text.count)
            return bytes
        }
    }

    private func withKey<Result>(_ body: (OpaquePointer?) -> Result) -> Result {
        let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        defer { EVP_PKEY_free(key) }
        return body(key)
    }
}
