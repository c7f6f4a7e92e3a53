/// The syntax of URI templates (RFC 6570 §2).
enum URITemplate {
    /// Whether a text is a template.
    static func accepts(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < text.count {
            let byte = text[index]
            switch byte {
            case 0x7B:
                guard let close = text[index...].firstIndex(of: 0x7D), isExpression(text[(index + 1)..<close]) else {
                    return false
                }
                index = close + 1
            case 0x25:
                guard index + 2 < text.count, text[index + 1].isHexDigit, text[index + 2].isHexDigit else {
                    return false
                }
                index += 3
            case 0...0x20, 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7C, 0x7D, 0x7F: return false
            default: index += 1
            }
        }
        return true
    }

    private static func isExpression(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var list = text
        if let first = text.first, "+#./;?&=,!@|".utf8.contains(first) { list = text.dropFirst() }
        return list.split(separator: 0x2C, omittingEmptySubsequences: false).allSatisfy(isVariable)
    }

    private static func isVariable(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var name = text
        if name.last == 0x2A {
            name = name.dropLast()
        } else if let colon = name.firstIndex(of: 0x3A) {
            let length = name[(colon + 1)...]
            guard 1...4 ~= length.count, length.allSatisfy(\.isDigit), length.first != 0x30 else { return false }
            name = name[..<colon]
        }
        var isAfterPoint = true
        var index = name.startIndex
        while index < name.endIndex {
            let byte = name[index]
            if byte == 0x2E {
                if isAfterPoint { return false }
                isAfterPoint = true
                index += 1
            } else if byte == 0x25 {
                guard index + 2 < name.endIndex, name[index + 1].isHexDigit, name[index + 2].isHexDigit else {
                    return false
                }
                isAfterPoint = false
                index += 3
            } else {
                guard byte.isLetter || byte.isDigit || byte == 0x5F else { return false }
                isAfterPoint = false
                index += 1
            }
        }
        return !isAfterPoint
    }
}
