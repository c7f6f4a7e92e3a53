import NestKVStorage

extension DataHash {
    /// The value of the field `Repr-Digest` (RFC 9530 §3): `sha-256=:…:` with base 64 between the colons.
    var reprDigest: String {
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
