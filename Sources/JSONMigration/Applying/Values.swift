import MicroJSON

extension Scalar {
    /// A value's text as this type; nil if it is of this type, or null.
    ///
    /// A number keeps its spelling. Whether it is an integer depends on its value, not on its spelling.
    func converted(_ value: JSONText, from source: Scalar?) throws(Refusal) -> [UInt8]? {
        guard value.kind != .null, !includes(value) else { return nil }
        if let source, !source.includes(value) { throw Refusal("not of the type '\(source.rawValue)'") }
        switch (value.kind, self) {
        case (.number, .string), (.boolean, .string): return [UInt8(ascii: "\"")] + value.utf8 + [UInt8(ascii: "\"")]
        case (.string, _):
            if let content = value.stringContent, let text = try? JSONText(parsing: content), text.utf8 == content,
                includes(text)
            {
                return content
            }
            fallthrough
        default: throw Refusal("not to be converted to the type '\(rawValue)'")
        }
    }

    private func includes(_ value: JSONText) -> Bool {
        switch self {
        case .string: value.kind == .string
        case .number: value.kind == .number
        case .integer: value.isInteger
        case .boolean: value.kind == .boolean
        }
    }
}

extension Condition {
    /// Whether a value is as it should be; nil for none.
    func holds(for value: JSONText?) -> Bool {
        switch self {
        case .equals(let expected): value.map { JSONValue($0) == expected } ?? false
        case .exists(let exists): (value != nil) == exists
        case .isOf(let kind): value?.kind == kind
        }
    }
}

extension JSONText {
    /// The parts of a string between separators, as an array; an empty string has none.
    func split(by separator: [UInt8]) throws(Refusal) -> [UInt8] {
        guard let content = stringContent else { throw Refusal("not a string") }
        var writer = JSONWriter(reserving: content.count + 16)
        writer.beginArray()
        if !content.isEmpty {
            var start = 0, index = 0
            while index + separator.count <= content.count {
                if content[index] == separator[0], content[index..<index + separator.count].elementsEqual(separator) {
                    writer.string(utf8: content[start..<index])
                    index += separator.count
                    start = index
                } else {
                    index += 1
                }
            }
            writer.string(utf8: content[start...])
        }
        writer.endArray()
        return writer.bytes
    }

    /// The strings of an array with separators between them. `split` makes the same array of it.
    func joined(by separator: [UInt8]) throws(Refusal) -> [UInt8] {
        guard kind == .array else { throw Refusal("not an array") }
        var content: [UInt8] = []
        var count = 0
        for element in elements {
            guard let part = JSONText(trusted: Array(element)).stringContent else {
                throw Refusal("an array of other values than strings")
            }
            if count > 0 { content += separator }
            content += part
            count += 1
        }
        var writer = JSONWriter(reserving: content.count + 2)
        writer.string(utf8: content)
        guard try writer.text.split(by: separator) == Self.rewritten(self) else {
            throw Refusal("not to be joined by '\(String(decoding: separator, as: UTF8.self))' and split again")
        }
        return writer.bytes
    }

    /// An array of strings with as few escapes as possible.
    private static func rewritten(_ array: JSONText) -> [UInt8] {
        var writer = JSONWriter(reserving: array.utf8.count)
        writer.beginArray()
        for element in array.elements {
            writer.string(utf8: JSONText(trusted: Array(element)).stringContent ?? [])
        }
        writer.endArray()
        return writer.bytes
    }
}
