/// Numbers of bytes as texts: `4096`, `64KiB`, `1MiB`, `2GiB`.
public enum ByteCount {
    /// The greatest number that is read: 1024 GiB.
    public static let greatest = 1 << 40

    private static let units = [("GiB", 30), ("MiB", 20), ("KiB", 10), ("", 0)]

    /// Reads a text; nil for any other text, and for a number above ``greatest``.
    public static func read(_ text: String) -> Int? {
        for (unit, shift) in units where text.hasSuffix(unit) {
            guard let number = Int(text.dropLast(unit.count)), (0...greatest >> shift).contains(number) else {
                return nil
            }
            return number << shift
        }
        return nil
    }

    /// The text that ``read(_:)`` reads, in the greatest unit that gives a whole number.
    public static func text(_ bytes: Int) -> String {
        for (unit, shift) in units where bytes != 0 && bytes.isMultiple(of: 1 << shift) {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)"
    }
}
