/// What a text may be at most to be parsed; RFC 8259 §9 lets every parser set such limits.
public struct JSONLimits: Sendable, Hashable {
    /// The length of the text as it arrives, white space included, in bytes; never above 2 GiB.
    public var maximumBytes: Int
    /// How many arrays and objects may stand inside one another: `[[1]]` has 2.
    public var maximumDepth: Int

    /// 64 MiB and 512 levels unless told otherwise.
    ///
    /// Texts may be parsed at any depth, but `JSONValue` keeps what stands deeper than `JSONValue.maximumDepth` as
    /// text.
    public init(maximumBytes: Int = 64 << 20, maximumDepth: Int = 512) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
    }

    /// 64 MiB, 512 levels.
    public static let `default` = JSONLimits()

    /// The most digits of a number's exponent, leading zeros not counted: values are compared and added exactly, and
    /// RFC 8259 §9 lets a parser limit the range of numbers.
    public static let exponentDigits = JSONNumber.maximumExponentDigits

    /// Positions are kept in 32 bits.
    static let absoluteMaximumBytes = Int(Int32.max)
}
