/// Addresses of the Internet protocol (RFC 2673 §3.2, RFC 4291 §2.2).
enum IPAddress {
    /// Whether a text is four numbers up to 255, without leading zeros, with points between them.
    static func isVersion4(_ text: some Collection<UInt8>) -> Bool {
        var (numbers, digits, value) = (1, 0, 0)
        for byte in text {
            if byte == 0x2E {
                guard digits > 0, numbers < 4 else { return false }
                (numbers, digits, value) = (numbers + 1, 0, 0)
            } else {
                guard byte.isDigit, digits == 0 || value > 0 else { return false }
                value = value * 10 + Int(byte - 0x30)
                digits += 1
                guard digits <= 3, value <= 255 else { return false }
            }
        }
        return numbers == 4 && digits > 0
    }

    /// Whether a text is eight groups of hexadecimal digits; `::` is for groups of zeros, and the last two may be an
    /// address of version 4. A zone is not part of an address.
    static func isVersion6(_ text: some BidirectionalCollection<UInt8>) -> Bool {
        var groups = 0
        var hasGap = false
        var index = text.startIndex
        guard !text.isEmpty else { return false }
        if text.first == 0x3A {
            guard text.dropFirst().first == 0x3A else { return false }
            index = text.index(index, offsetBy: 2)
            hasGap = true
        }
        while index < text.endIndex {
            let group = text[index...].prefix { $0.isHexDigit }
            if group.endIndex < text.endIndex, text[group.endIndex] == 0x2E {
                guard isVersion4(text[index...]) else { return false }
                groups += 2
                break
            }
            guard 1...4 ~= group.count else { return false }
            groups += 1
            index = group.endIndex
            guard index < text.endIndex else { break }
            guard text[index] == 0x3A else { return false }
            index = text.index(after: index)
            guard index < text.endIndex else { return false }
            if text[index] == 0x3A {
                guard !hasGap else { return false }
                hasGap = true
                index = text.index(after: index)
            }
        }
        return hasGap ? groups <= 7 : groups == 8
    }
}
