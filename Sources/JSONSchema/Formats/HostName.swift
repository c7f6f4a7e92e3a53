/// Names of hosts (RFC 1123 §2.1).
enum HostName {
    /// Whether a text is at most 253 bytes of labels of letters, digits and inner hyphens.
    static func accepts(_ text: some Collection<UInt8>) -> Bool {
        guard !text.isEmpty, text.count <= 253 else { return false }
        return text.split(separator: 0x2E, omittingEmptySubsequences: false).allSatisfy { label in
            guard isLabel(label) else { return false }
            guard label.dropFirst(2).prefix(2).elementsEqual([0x2D, 0x2D]) else { return true }
            // A label whose third and fourth characters are hyphens must be an encoded one.
            guard label.prefix(2).map({ $0 | 0x20 }) == [0x78, 0x6E],
                let decoded = Punycode.decoded(Array(label.dropFirst(4)))
            else { return false }
            return InternationalLabel.isValid(decoded)
        }
    }

    private static func isLabel(_ label: some Collection<UInt8>) -> Bool {
        guard 1...63 ~= label.count, label.first != 0x2D else { return false }
        var last: UInt8 = 0
        for byte in label {
            guard byte.isLetter || byte.isDigit || byte == 0x2D else { return false }
            last = byte
        }
        return last != 0x2D
    }

    /// Whether a text is a host name, in which labels may be of other scripts (RFC 5890 §2.3.2.3). Full stops of other
    /// scripts separate labels, too.
    static func acceptsInternational(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
        let labels = scalars.split(omittingEmptySubsequences: false) {
            $0 == "." || $0 == "\u{3002}" || $0 == "\u{FF0E}" || $0 == "\u{FF61}"
        }
        var length = labels.count - 1
        for label in labels {
            if label.allSatisfy(\.isASCII) {
                let bytes = label.map { UInt8($0.value) }
                guard accepts(bytes) else { return false }
                length += bytes.count
            } else {
                guard InternationalLabel.isValid(Array(label)), let encoded = Punycode.encoded(Array(label)),
                    encoded.count + 4 <= 63
                else { return false }
                length += encoded.count + 4
            }
        }
        return length <= 253
    }
}
