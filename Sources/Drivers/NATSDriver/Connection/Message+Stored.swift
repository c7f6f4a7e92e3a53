import CNATS

/// A message of a stream as its API returns it (`STREAM.MSG.GET`): JSON, in which headers and payload are base64.
extension Message {
    /// The message in an answer, with the headers that a direct get adds; nil if there is no message.
    convenience init?(stored answer: Answer) {
        let message = answer["message"]
        guard let subject = message["subject"].string, let time = message["time"].string else { return nil }
        let payload = message["data"].string.map { [UInt8](base64: $0) } ?? []
        var pointer: OpaquePointer?
        let code = payload.withUnsafeBytes { bytes in
            natsMsg_Create(
                &pointer, subject, nil, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        guard code == NATS_OK, let pointer else { return nil }
        self.init(owning: pointer)
        let block = message["hdrs"].string.map { [UInt8](base64: $0) } ?? []
        let added = [
            ("Nats-Subject", subject), ("Nats-Sequence", "\(message["seq"].count)"), ("Nats-Time-Stamp", time),
        ]
        for (name, value) in Self.fields(of: block) + added { natsMsgHeader_Set(pointer, name, value) }
    }

    /// The fields of a block of headers, whose first line names the protocol.
    private static func fields(of block: [UInt8]) -> [(name: String, value: String)] {
        block.split(whereSeparator: { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }).dropFirst().compactMap {
            let parts = $0.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { return nil }
            let value = parts[1].drop { $0 == UInt8(ascii: " ") }
            return (String(decoding: parts[0], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }
}

extension [UInt8] {
    /// The bytes of a base64 text (RFC 4648 §4). Characters outside of its alphabet are skipped.
    init(base64 text: String) {
        self.init()
        reserveCapacity(text.utf8.count / 4 * 3)
        var (bits, count) = (UInt32(0), 0)
        for byte in text.utf8 {
            guard let value = Self.base64Value(byte) else { continue }
            bits = bits << 6 | value
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
    }

    private static func base64Value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
