/// One member of an object's text, found without building a tree.
public struct JSONMember: Sendable {
    /// The text that contains the member.
    @usableFromInline let source: [UInt8]
    /// The range of the name in the source, without its quotes.
    public let nameRange: Range<Int>
    /// The range of the value in the source.
    public let valueRange: Range<Int>
    /// Whether the name is written with escapes.
    public let nameHasEscapes: Bool

    /// The name as written between its quotes.
    @inlinable
    public var rawName: ArraySlice<UInt8> { source[nameRange] }
    /// The name's bytes, escapes decoded.
    public var name: [UInt8] { nameHasEscapes ? StringCodec.decoded(rawName) : Array(rawName) }
    /// The value as a separate text.
    @inlinable
    public var value: JSONText { JSONText(trusted: Array(source[valueRange])) }
    /// The kind of the value.
    @inlinable
    public var kind: JSONKind { JSONKind(firstByte: source[valueRange.lowerBound]) ?? .null }
}

/// The members of an object's text, in order; empty for other kinds. Each step scans to the member's end.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    private let source: [UInt8]
    private var position: Int

    init(of source: [UInt8], from start: Int = 0) {
        self.source = source
        position = start < source.count && source[start] == Ascii.openBrace ? start + 1 : source.count
    }

    /// The next member.
    public mutating func next() -> JSONMember? {
        guard let found = source.withUnsafeBufferPointer({ RawMember(in: $0, at: position) }) else { return nil }
        position = found.value.upperBound + 1
        return JSONMember(
            source: source, nameRange: found.name, valueRange: found.value, nameHasEscapes: found.nameHasEscapes)
    }
}

/// The position of a member in a buffer.
struct RawMember {
    let name: Range<Int>
    let nameHasEscapes: Bool
    let value: Range<Int>

    /// Reads the member whose opening quote is at this position.
    @inline(__always)
    init?(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) {
        guard position < bytes.count, bytes[position] == Ascii.quote else { return nil }
        let (quote, hasEscapes) = ByteScan.endOfString(in: bytes, from: position + 1)
        guard quote + 2 < bytes.count else { return nil }
        name = (position + 1)..<quote
        nameHasEscapes = hasEscapes
        value = (quote + 2)..<ByteScan.endOfValue(in: bytes, from: quote + 2)
    }
}

extension JSONText {
    /// The members of an object's text, in order and found on demand; empty for other kinds.
    public var members: JSONMembers { JSONMembers(of: utf8) }

    /// The elements of an array's text, in order; empty for other kinds.
    public var elements: JSONElements { JSONElements(of: utf8) }

    /// The members of the object at a position in `utf8`, in order; empty for other kinds.
    public func members(at start: Int) -> JSONMembers { JSONMembers(of: utf8, from: start) }

    /// The elements of the array at a position in `utf8`, in order; empty for other kinds.
    public func elements(at start: Int) -> JSONElements { JSONElements(of: utf8, from: start) }
}

/// The elements of an array's text, in order; empty for other kinds.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
    private let source: [UInt8]
    private var position: Int

    init(of source: [UInt8], from start: Int = 0) {
        self.source = source
        let hasElements =
            start + 1 < source.count && source[start] == Ascii.openBracket && source[start + 1] != Ascii.closeBracket
        position = hasElements ? start + 1 : source.count
    }

    /// The next element's bytes, still part of the source.
    public mutating func next() -> ArraySlice<UInt8>? {
        guard position < source.count else { return nil }
        let start = position
        let end = source.withUnsafeBufferPointer { ByteScan.endOfValue(in: $0, from: start) }
        position = end < source.count && source[end] == Ascii.comma ? end + 1 : source.count
        return source[start..<end]
    }
}
