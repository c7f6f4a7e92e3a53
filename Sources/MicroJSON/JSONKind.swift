/// The six kinds of JSON value (RFC 8259 §3).
public enum JSONKind: String, Sendable, Hashable, CaseIterable {
    case object, array, string, number, boolean, null

    /// The kind of the value whose text starts with this byte; nil if no JSON value starts with it.
    @inlinable
    public init?(firstByte byte: UInt8) {
        switch byte {
        case Ascii.openBrace: self = .object
        case Ascii.openBracket: self = .array
        case Ascii.quote: self = .string
        case Ascii.minus, Ascii.zero...Ascii.nine: self = .number
        case Ascii.letterT, Ascii.letterF: self = .boolean
        case Ascii.letterN: self = .null
        default: return nil
        }
    }

    /// Whether values of this kind contain others.
    @inlinable
    public var isContainer: Bool { self == .object || self == .array }
}
