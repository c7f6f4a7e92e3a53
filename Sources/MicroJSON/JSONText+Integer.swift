extension JSONText {
    /// The number when it is an integer that fits, in any spelling: 3, 3.0 and 30e-1 are equal JSON; nil: another
    /// value.
    public func integer<Integer: FixedWidthInteger>() -> Integer? {
        kind == .number ? Integer(String(decoding: canonical(), as: UTF8.self)) : nil
    }
}
