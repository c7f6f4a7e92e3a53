extension Duration {
    /// The longest duration that is read: 36500 days. It keeps the year of an expiry at four digits, and its
    /// nanoseconds fit in 64 bits.
    public static let longest = Duration.seconds(36_500 * 86_400)

    /// Reads `500ms`, `30s`, `5m`, `2h`, `7d` or a number of seconds; nil for any other text, including an empty one,
    /// and for more than ``longest``.
    public init?(_ text: String) {
        let units: [(suffix: String, unit: Duration)] = [
            ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
            ("d", .seconds(86_400)), ("", .seconds(1)),
        ]
        for (suffix, unit) in units where text.hasSuffix(suffix) {
            // More would be too long in any unit.
            guard let number = Int(text.dropLast(suffix.count)), (0...4_000_000_000_000).contains(number),
                unit * number <= .longest
            else { return nil }
            self = unit * number
            return
        }
        return nil
    }

    /// The text that ``init(_:)`` reads, in the greatest unit that gives a whole number.
    public var text: String {
        let (seconds, attoseconds) = components
        guard attoseconds == 0 else { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        for (unit, suffix) in [(86_400, "d"), (3600, "h"), (60, "m")] as [(Int64, String)] {
            if seconds != 0, seconds.isMultiple(of: unit) { return "\(seconds / unit)\(suffix)" }
        }
        return "\(seconds)s"
    }
}
