/// The syntax of URIs (RFC 3986) and IRIs (RFC 3987).
enum ResourceIdentifier {
    /// Whether a text is a URI or IRI; a reference may also be relative.
    static func accepts(_ text: UnsafeBufferPointer<UInt8>, isInternational: Bool, isReference: Bool) -> Bool {
        var rest = text[...]
        let first = rest.firstIndex { $0 == 0x3A || $0 == 0x2F || $0 == 0x3F || $0 == 0x23 }
        var hasScheme = false
        if let colon = first, rest[colon] == 0x3A {
            guard isScheme(rest[..<colon]) else { return false }
            hasScheme = true
            rest = rest[(colon + 1)...]
        }
        guard hasScheme || isReference else { return false }
        if let hash = rest.firstIndex(of: 0x23) {
            guard isPlain(rest[(hash + 1)...], more: ":@/?", isInternational) else { return false }
            rest = rest[..<hash]
        }
        if let mark = rest.firstIndex(of: 0x3F) {
            guard isPlain(rest[(mark + 1)...], more: ":@/?", isInternational) else { return false }
            rest = rest[..<mark]
        }
        if rest.prefix(2).elementsEqual([0x2F, 0x2F]) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: 0x2F) ?? rest.endIndex
            guard isAuthority(rest[..<end], isInternational) else { return false }
            rest = rest[end...]
        }
        return isPlain(rest, more: ":@/", isInternational)
    }

    private static func isScheme(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let first = text.first, first.isLetter else { return false }
        return text.allSatisfy { $0.isLetter || $0.isDigit || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E }
    }

    private static func isAuthority(_ text: Slice<UnsafeBufferPointer<UInt8>>, _ isInternational: Bool) -> Bool {
        var host = text
        if let at = text.firstIndex(of: 0x40) {
            guard isPlain(text[..<at], more: ":", isInternational) else { return false }
            host = text[(at + 1)...]
        }
        if host.first == 0x5B {
            guard let close = host.firstIndex(of: 0x5D) else { return false }
            let address = host[(host.startIndex + 1)..<close]
            let port = host[(close + 1)...]
            guard port.isEmpty || port.first == 0x3A && port.dropFirst().allSatisfy(\.isDigit) else { return false }
            return IPAddress.isVersion6(address) || isFutureAddress(address)
        }
        if let colon = host.lastIndex(of: 0x3A) {
            guard host[(colon + 1)...].allSatisfy(\.isDigit) else { return false }
            host = host[..<colon]
        }
        return isPlain(host, more: "", isInternational)
    }

    /// An address of a version to come: `v`, its number in hexadecimal digits, a point, and what the version says.
    private static func isFutureAddress(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let first = text.first, first | 0x20 == 0x76, let point = text.firstIndex(of: 0x2E) else { return false }
        let number = text[(text.startIndex + 1)..<point]
        let rest = text[(point + 1)...]
        return !number.isEmpty && number.allSatisfy(\.isHexDigit) && !rest.isEmpty
            && !rest.contains(0x25) && isPlain(rest, more: ":", false)
    }

    /// Whether there are only unreserved characters, sub-delimiters, those of `more`, and percent-encoded bytes.
    private static func isPlain(
        _ text: Slice<UnsafeBufferPointer<UInt8>>, more: StaticString, _ isInternational: Bool
    ) -> Bool {
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == 0x25 {
                guard index + 2 < text.endIndex, text[index + 1].isHexDigit, text[index + 2].isHexDigit else {
                    return false
                }
                index += 3
                continue
            }
            guard
                byte.isLetter || byte.isDigit || isMark(byte) || isInternational && byte >= 0x80
                    || more.withUTF8Buffer({ $0.contains(byte) })
            else { return false }
            index += 1
        }
        return true
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x24, 0x26...0x2C, 0x2D, 0x2E, 0x3B, 0x3D, 0x5F, 0x7E: true
        default: false
        }
    }
}
