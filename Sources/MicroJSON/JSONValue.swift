/// A parsed document, for operations that need a tree: patches and writes inside a document. Scalars keep their text,
/// and objects their order.
///
/// Values are equal if they are the same JSON: numbers by their exact decimal value, strings by their decoded content,
/// objects in any order.
public enum JSONValue: Sendable {
    /// `null`, `true`, `false`, a number or a string, as written.
    case scalar(JSONText)
    /// An array.
    case array(JSONArray)
    /// An object.
    case object(JSONObject)

    /// Values deeper than this many levels stay one `scalar`, so that traversing a tree can't overflow the stack.
    ///
    /// The default of `JSONLimits.maximumDepth` is 512, so only texts parsed with other limits reach this depth.
    public static let maximumDepth = 1024

    /// Builds the tree of a checked text.
    public init(_ text: JSONText) {
        guard text.kind.isContainer else {
            self = .scalar(text)
            return
        }
        self = text.utf8.withUnsafeBufferPointer { bytes in
            var position = 0
            return JSONValue(in: bytes, at: &position, depth: 0)
        }
    }

    /// Parses a text and builds its tree.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONSyntaxError) {
        self.init(try JSONText(parsing: bytes, limits: limits))
    }

    /// Reads the value at a position and moves the position after it.
    private init(in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int, depth: Int) {
        let start = position
        switch position < bytes.count && depth < Self.maximumDepth ? bytes[position] : 0 {
        case Ascii.openBracket: self = .array(JSONArray(Self.elements(in: bytes, at: &position, depth: depth + 1)))
        case Ascii.openBrace: self = .object(Self.members(in: bytes, at: &position, depth: depth + 1))
        default:
            position = ByteScan.endOfValue(in: bytes, from: start)
            let text = UnsafeBufferPointer(rebasing: bytes[min(start, position)..<position])
            self = Self.literal(text) ?? .scalar(JSONText(trusted: text))
        }
    }

    private static func elements(
        in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int, depth: Int
    ) -> [JSONValue] {
        var elements: [JSONValue] = []
        position += 1
        while position < bytes.count, bytes[position] != Ascii.closeBracket {
            elements.append(JSONValue(in: bytes, at: &position, depth: depth))
            skipComma(in: bytes, at: &position)
        }
        position += 1
        return elements
    }

    private static func members(
        in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int, depth: Int
    ) -> JSONObject {
        var object = JSONObject()
        position += 1
        while position < bytes.count, bytes[position] == Ascii.quote {
            let start = position + 1
            let (quote, hasEscapes) = ByteScan.endOfString(in: bytes, from: start)
            let raw = Array(bytes[start..<min(quote, bytes.count)])
            position = quote + 2
            let value = JSONValue(in: bytes, at: &position, depth: depth)
            object.append(name: hasEscapes ? StringCodec.decoded(raw[...]) : raw, rawName: raw, value: value)
            skipComma(in: bytes, at: &position)
        }
        position += 1
        return object
    }

    @inline(__always)
    private static func skipComma(in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int) {
        if position < bytes.count, bytes[position] == Ascii.comma { position += 1 }
    }

    /// The shared values of the three literals, which need no memory of their own.
    private static func literal(_ text: UnsafeBufferPointer<UInt8>) -> JSONValue? {
        switch text.first {
        case Ascii.letterN: .null
        case Ascii.letterT: .true
        case Ascii.letterF: .false
        default: nil
        }
    }
}

extension JSONValue {
    /// `null`.
    public static let null = JSONValue.scalar(.null)
    /// `true`.
    public static let `true` = JSONValue.scalar(.true)
    /// `false`.
    public static let `false` = JSONValue.scalar(.false)

    /// `true` or `false`.
    public static func bool(_ value: Bool) -> JSONValue { value ? .true : .false }
    /// A string.
    public static func string(_ value: String) -> JSONValue { .scalar(.string(value)) }
    /// An integer.
    public static func integer(_ value: some BinaryInteger) -> JSONValue { .scalar(.integer(value)) }

    /// The kind of the value.
    public var kind: JSONKind {
        switch self {
        case .scalar(let text): text.kind
        case .array: .array
        case .object: .object
        }
    }

    /// The decoded content of a string; nil for other kinds.
    public var stringContent: [UInt8]? {
        if case .scalar(let text) = self { text.stringContent } else { nil }
    }

    /// The minified text; the order of members and the spelling of names and scalars are kept.
    public var text: JSONText {
        if case .scalar(let text) = self { return text }
        var writer = JSONWriter(reserving: 256)
        write(to: &writer)
        return writer.text
    }

    /// Writes the value.
    public func write(to writer: inout JSONWriter) {
        switch self {
        case .scalar(let text): writer.raw(text)
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .object(let object):
            writer.beginObject()
            for member in object {
                writer.name(raw: member.rawName)
                member.value.write(to: &writer)
            }
            writer.endObject()
        }
    }
}
