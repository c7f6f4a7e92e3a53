extension JSONText {
    /// The number if it is an integer that fits, in any notation: 3, 3.0 and 30e-1 are equal JSON. Nil for other
    /// values.
    public func integer<Integer: FixedWidthInteger>() -> Integer? {
        kind == .number ? Integer(String(decoding: canonical(), as: UTF8.self)) : nil
    }
}
