extension JSONValue: Equatable {
    /// Whether both are the same JSON: numbers by exact value, strings by content, objects in any order.
    public static func == (one: JSONValue, other: JSONValue) -> Bool {
        switch (one, other) {
        case (.scalar(let text), .scalar(let otherText)): text.isEqualScalar(to: otherText)
        case (.array(let elements), .array(let otherElements)): elements == otherElements
        case (.object(let object), .object(let otherObject)): object == otherObject
        default: false
        }
    }
}

extension JSONText {
    fileprivate func isEqualScalar(to other: JSONText) -> Bool {
        if utf8 == other.utf8 { return true }
        guard kind == other.kind else { return false }
        switch kind {
        case .number:
            return utf8.withUnsafeBufferPointer { number in
                other.utf8.withUnsafeBufferPointer { JSONNumber(number) == JSONNumber($0) }
            }
        case .string: return stringContent == other.stringContent
        case .boolean, .null: return false
        // Only for values deeper than `JSONValue.maximumDepth`.
        case .array, .object: return canonical() == other.canonical()
        }
    }
}
