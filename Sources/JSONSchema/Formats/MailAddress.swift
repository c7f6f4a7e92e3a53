/// Addresses of mail boxes (RFC 5321 §4.1.2, RFC 6531 §3.3).
enum MailAddress {
    /// Whether a text is an address. An international one may have characters beyond ASCII.
    static func accepts(_ text: UnsafeBufferPointer<UInt8>, isInternational: Bool) -> Bool {
        guard let at = text.lastIndex(of: 0x40), at > 0 else { return false }
        let local = text[..<at]
        guard local.first == 0x22 ? isQuoted(local, isInternational) : isDotted(local, isInternational) else {
            return false
        }
        let domain = UnsafeBufferPointer(rebasing: text[(at + 1)...])
        if domain.first == 0x5B {
            guard domain.last == 0x5D else { return false }
            let address = domain.dropFirst().dropLast()
            if address.prefix(5).elementsEqual("IPv6:".utf8) { return IPAddress.isVersion6(address.dropFirst(5)) }
            return IPAddress.isVersion4(address)
        }
        return isInternational ? HostName.acceptsInternational(domain) : HostName.accepts(domain)
    }

    private static func isQuoted(_ local: Slice<UnsafeBufferPointer<UInt8>>, _ isInternational: Bool) -> Bool {
        guard local.count >= 2, local.last == 0x22 else { return false }
        var isEscaped = false
        for byte in local.dropFirst().dropLast() {
            guard 0x20...0x7E ~= byte || isInternational && byte >= 0x80 else { return false }
            if !isEscaped, byte == 0x22 { return false }
            isEscaped = !isEscaped && byte == 0x5C
        }
        return !isEscaped
    }

    private static func isDotted(_ local: Slice<UnsafeBufferPointer<UInt8>>, _ isInternational: Bool) -> Bool {
        var previous: UInt8 = 0x2E
        for byte in local {
            if byte == 0x2E {
                if previous == 0x2E { return false }
            } else if byte < 0x80 {
                guard byte.isLetter || byte.isDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte) else { return false }
            } else if !isInternational {
                return false
            }
            previous = byte
        }
        return previous != 0x2E
    }
}
