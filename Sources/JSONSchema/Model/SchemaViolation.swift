/// A rule of a schema that a value breaks.
public struct SchemaViolation: Sendable, Hashable {
    /// Where the value is, as a JSON pointer (RFC 6901) into the document; empty for the whole document.
    public let instanceLocation: String
    /// The way to the rule from the root of the schema, through references, as a JSON pointer.
    public let keywordLocation: String
    /// The keyword of the rule; `false` for a schema that permits no value.
    public let keyword: String
    /// What is wrong, with the value, and what is expected, in one or two sentences.
    public let detail: String
    /// The branch of the `anyOf` or `oneOf` that fits best, counted from 0. The rule belongs to it.
    public let branch: Int?

    /// Where the value is, as the fragment of a URI (RFC 6901 §6).
    public var pointer: String {
        var text = "#"
        for byte in instanceLocation.utf8 {
            let isPlain = byte < 0x80 && Self.isUnescaped(Character(Unicode.Scalar(byte)))
            text += isPlain ? String(Unicode.Scalar(byte)) : "%" + Self.hexadecimal(byte)
        }
        return text
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }

    private static func isUnescaped(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "-._~!$&'()*+,;=:@/?".contains(character)
    }
}
