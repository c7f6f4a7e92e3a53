import MicroJSON
import MicroText

extension Grammar {
    /// What a JSON string, number or boolean means that is read as a text; nil if it doesn't follow the grammar.
    public func read(_ value: JSONValue) -> Value? { value.plainText.flatMap(read) }
}

extension JSONValue {
    /// The content of a string, the canonical form of a number (`30` for `3e1`), `true` or `false`; nil for other
    /// kinds.
    public var plainText: String? {
        switch kind {
        case .string: stringContent.map { String(decoding: $0, as: UTF8.self) }
        case .number: String(decoding: text.canonical(), as: UTF8.self)
        case .boolean: text.description
        default: nil
        }
    }
}
