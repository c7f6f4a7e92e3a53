/// A valid, minified JSON text. Insignificant white space is removed; the order of members and the spelling of numbers
/// and strings are exactly as written.
///
/// Two texts are equal if their bytes are equal. `JSONValue` compares by meaning, as do the bytes of `canonical()`.
public struct JSONText: Sendable {
    /// The text, never empty.
    public let utf8: [UInt8]
    /// Whether a parser found that the text is its own canonical form, so that ``canonical()`` costs nothing. It may be
    /// false for a text that is canonical, for example one with `\u` escapes.
    public let isCanonical: Bool

    init(_ utf8: [UInt8], isCanonical: Bool) {
        self.utf8 = utf8
        self.isCanonical = isCanonical
    }

    /// A text from bytes that this codec made or checked before, such as stored values. They are not checked here.
    ///
    /// Bytes that are not JSON give meaningless results, but never a read outside of them.
    @inlinable
    public init(trusted utf8: [UInt8]) {
        self.utf8 = utf8
        isCanonical = false
    }

    /// A text with a copy of bytes that this codec made or checked before. They are not checked here.
    @inlinable
    public init(trusted utf8: UnsafeBufferPointer<UInt8>) {
        self.utf8 = Array(utf8)
        isCanonical = false
    }

    /// The kind of the value, determined by its first byte.
    @inlinable
    public var kind: JSONKind {
        guard let first = utf8.first else { return .null }
        return JSONKind(firstByte: first) ?? .null
    }

    /// The text `null`.
    public static let null = JSONText(trusted: Array("null".utf8))
    /// The text `true`.
    public static let `true` = JSONText(trusted: Array("true".utf8))
    /// The text `false`.
    public static let `false` = JSONText(trusted: Array("false".utf8))
    /// The text `{}`.
    public static let emptyObject = JSONText(trusted: Array("{}".utf8))
    /// The text `[]`.
    public static let emptyArray = JSONText(trusted: Array("[]".utf8))

    /// A string's text, with as few escapes as possible.
    public static func string(_ string: String) -> JSONText {
        var writer = JSONWriter()
        writer.string(string)
        return JSONText(trusted: writer.bytes)
    }

    /// An integer's text.
    public static func integer(_ integer: some BinaryInteger) -> JSONText {
        JSONText(trusted: Array(String(integer).utf8))
    }

    /// The decoded content of a string's text as UTF-8; nil for other kinds.
    public var stringContent: [UInt8]? {
        guard kind == .string, utf8.count >= 2 else { return nil }
        return StringCodec.decoded(utf8[1..<(utf8.count - 1)])
    }
}

extension JSONText: Hashable {
    public static func == (one: JSONText, other: JSONText) -> Bool { one.utf8 == other.utf8 }

    public func hash(into hasher: inout Hasher) { hasher.combine(utf8) }
}

extension JSONText: CustomStringConvertible {
    /// The text itself.
    public var description: String { String(decoding: utf8, as: UTF8.self) }
}
