/// Limits on a text to parse; RFC 8259 §9 permits a parser to set such limits.
public struct JSONLimits: Sendable, Hashable {
    /// The most bytes of the text, including white space; never above 2 GiB.
    public var maximumBytes: Int
    /// The most levels of nested arrays and objects: `[[1]]` has 2.
    public var maximumDepth: Int

    /// Limits from their parts; by default 64 MiB and 512 levels.
    ///
    /// Texts of any depth can be parsed, but `JSONValue` keeps values deeper than `JSONValue.maximumDepth` as text.
    public init(maximumBytes: Int = 64 << 20, maximumDepth: Int = 512) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
    }

    /// 64 MiB, 512 levels.
    public static let `default` = JSONLimits()

    /// The most digits of a number's exponent, without leading zeros. Values are compared and added exactly, and RFC
    /// 8259 §9 permits a parser to limit the range of numbers.
    public static let exponentDigits = JSONNumber.maximumExponentDigits

    /// Positions are kept in 32 bits.
    static let absoluteMaximumBytes = Int(Int32.max)
}
