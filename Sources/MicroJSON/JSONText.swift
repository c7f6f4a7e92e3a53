/// A valid JSON text, minified: insignificant white space is removed; member order, number spellings and string
/// escapes are exactly as written.
///
/// Two texts are equal when their bytes are; `JSONValue` compares by meaning, `canonical()` gives bytes for that.
public struct JSONText: Sendable {
    /// The text, never empty.
    public let utf8: [UInt8]
    /// Whether a parser has seen that the text is its own canonical form, so that ``canonical()`` costs nothing. May be
    /// false for one that is canonical after all (one with `\u` escapes, for example).
    public let isCanonical: Bool

    init(_ utf8: [UInt8], isCanonical: Bool) {
        self.utf8 = utf8
        self.isCanonical = isCanonical
    }

    /// Takes bytes that this codec made or checked before, such as stored values. They are not checked here.
    ///
    /// Bytes that are not JSON after all give meaningless answers, but never a read outside of them.
    @inlinable
    public init(trusted utf8: [UInt8]) {
        self.utf8 = utf8
        isCanonical = false
    }

    /// Copies bytes that this codec made or checked before. They are not checked here.
    @inlinable
    public init(trusted utf8: UnsafeBufferPointer<UInt8>) {
        self.utf8 = Array(utf8)
        isCanonical = false
    }

    /// What the text stands for, told from its first byte.
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

    /// A string's text, with as few escapes as can be.
    public static func string(_ string: String) -> JSONText {
        var writer = JSONWriter()
        writer.string(string)
        return JSONText(trusted: writer.bytes)
    }

    /// An integer's text.
    public static func integer(_ integer: some BinaryInteger) -> JSONText {
        JSONText(trusted: Array(String(integer).utf8))
    }

    /// The decoded content of a string's text, as UTF-8; nil for any other kind.
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
