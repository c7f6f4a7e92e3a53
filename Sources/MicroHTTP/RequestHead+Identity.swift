import Glibc
import MicroText
import Synchronization

extension RequestHead {
    var requestID: String {
        identifier.withLock { known in
            if let known { return known }
            let id = sentID ?? traceparent.map { String($0.dropFirst(3).prefix(32)) } ?? Self.nextID()
            known = id
            return id
        }
    }

    private var sentID: String? {
        var id: String?
        var count = 0
        forEachValue("x-request-id") { value in
            count += 1
            guard (1...128).contains(value.count), value.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return }
            id = String(decoding: value, as: UTF8.self)
        }
        return count == 1 ? id : nil
    }

    /// The valid `traceparent` (W3C Trace Context §3.2): `version-traceid-parentid-flags` in lower-case hexadecimal,
    /// with ids that are not all zeros and a version other than `ff`. Versions after 00 may have more after the flags.
    var traceparent: String? {
        var valid: String?
        var count = 0
        forEachValue("traceparent") { value in
            count += 1
            let bytes = Array(value)
            guard bytes.count == 55 || (bytes.count > 55 && bytes[55] == UInt8(ascii: "-")) else { return }
            guard bytes.count == 55 || !bytes.starts(with: "00".utf8), !bytes.starts(with: "ff".utf8) else { return }
            let parts = [0..<2, 3..<35, 36..<52, 53..<55].map { bytes[$0] }
            guard parts.allSatisfy({ $0.allSatisfy(\.isLowercaseHex) }) else { return }
            guard [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }) else { return }
            guard parts[1].contains(where: { $0 != 0x30 }), parts[2].contains(where: { $0 != 0x30 }) else { return }
            valid = String(decoding: bytes, as: UTF8.self)
        }
        return count == 1 ? valid : nil
    }

    /// An id as a part of a URI. Characters that are not permitted there are percent-encoded (RFC 3986 §3.3).
    static func uriPart(_ id: String) -> String {
        func isKept(_ byte: UInt8) -> Bool {
            PercentEncoding.isUnreserved(byte) || "!$&'()*+,;=:@".utf8.contains(byte)
        }
        return id.utf8.allSatisfy(isKept) ? id : PercentEncoding.encode(id.utf8, keeping: isKept)
    }

    private static let prefix = String(UInt64.random(in: .min ... .max) | 1 << 63, radix: 16)
    private static let counter = Atomic<UInt64>(0)

    static func nextID() -> String {
        let number = counter.add(1, ordering: .relaxed).newValue
        return "\(prefix)-\(String(number, radix: 16))"
    }
}
