/// The rules for the characters of a label (RFC 5892, RFC 5891 §4.2.3).
///
/// The class of a character is derived from its Unicode properties, as RFC 5892 §3 does. Rules for texts that run from
/// right to left (RFC 5893) are not checked.
enum InternationalLabel {
    /// Whether a label may be written with these characters.
    static func isValid(_ label: [Unicode.Scalar]) -> Bool {
        guard let first = label.first, let last = label.last, first != "-", last != "-" else { return false }
        if label.count >= 4, label[2] == "-", label[3] == "-" { return false }
        switch first.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return false
        default: break
        }
        // An encoded label holds its text in form C.
        return label.indices.allSatisfy { isPermitted(label, at: $0) }
    }

    private static func isPermitted(_ label: [Unicode.Scalar], at index: Int) -> Bool {
        let before = index > 0 ? label[index - 1] : nil
        let after = index + 1 < label.count ? label[index + 1] : nil
        switch label[index].value {
        case 0x200D: return before?.properties.canonicalCombiningClass == .virama
        case 0x200C: return before?.properties.canonicalCombiningClass == .virama || isJoining(label, at: index)
        case 0xB7: return before == "l" && after == "l"
        case 0x375: return after.map { 0x370...0x3FF ~= $0.value || 0x1F00...0x1FFF ~= $0.value } ?? false
        case 0x5F3, 0x5F4: return before.map { 0x590...0x5FF ~= $0.value } ?? false
        case 0x30FB: return label.contains(where: isJapanese)
        case 0x660...0x669: return !label.contains { 0x6F0...0x6F9 ~= $0.value }
        case 0x6F0...0x6F9: return !label.contains { 0x660...0x669 ~= $0.value }
        case 0xDF, 0x3C2, 0x6FD, 0x6FE, 0xF0B, 0x3007: return true
        case 0x640, 0x7FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
        case 0x2D, 0x30...0x39, 0x61...0x7A: return true
        default: return isLetterOrDigit(label[index])
        }
    }

    private static func isJapanese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3041...0x309F, 0x30A1...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF: true
        case 0x3005, 0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF: true
        default: false
        }
    }

    /// Whether letters that join are on both sides, as far as their script tells.
    private static func isJoining(_ label: [Unicode.Scalar], at index: Int) -> Bool {
        let isArabic: (Unicode.Scalar) -> Bool = { 0x620...0x8FF ~= $0.value }
        return index > 0 && isArabic(label[index - 1]) && index + 1 < label.count && isArabic(label[index + 1])
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        guard !properties.isDefaultIgnorableCodePoint, !properties.isNoncharacterCodePoint,
            !(0x1100...0x11FF ~= scalar.value), !(0xA960...0xA97F ~= scalar.value), !(0xD7B0...0xD7FF ~= scalar.value),
            // A character that is written otherwise after folding and composing can't be in a label.
            properties.lowercaseMapping == String(scalar)
        else { return false }
        switch properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber: return true
        default: return false
        }
    }
}
