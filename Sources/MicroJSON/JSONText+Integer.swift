extension JSONText {
    /// The number if it is an integer that fits, in any notation: 3, 3.0 and 30e-1 are equal JSON. Nil for other
    /// values.
    public func integer<Integer: FixedWidthInteger>() -> Integer? {
        kind == .number ? Integer(String(decoding: canonical(), as: UTF8.self)) : nil
    }

    /// Whether the text is a number without a fraction, in any notation and of any size.
    public var isInteger: Bool {
        kind == .number && utf8.withUnsafeBufferPointer { JSONNumber($0).isInteger }
    }
}
