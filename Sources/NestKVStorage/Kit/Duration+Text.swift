import MicroJSON

extension Duration {
    /// Reads `500ms`, `30s`, `5m`, `2h`, `7d` or a number of seconds; nil for any other text, including an empty one.
    public init?(_ text: String) {
        let units: [(suffix: String, unit: Duration)] = [
            ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
            ("d", .seconds(86_400)), ("", .seconds(1)),
        ]
        for (suffix, unit) in units where text.hasSuffix(suffix) {
            guard let number = Int(text.dropLast(suffix.count)), (1...1_000_000_000).contains(number) else {
                return nil
            }
            self = unit * number
            return
        }
        return nil
    }

    /// Reads such a text from a JSON string, or seconds from a JSON number.
    public init?(json: JSONValue) {
        switch json.kind {
        case .string: self.init(String(decoding: json.stringContent ?? [], as: UTF8.self))
        case .number:
            guard let seconds: UInt64 = json.text.integer() else { return nil }
            self.init(String(seconds))
        default: return nil
        }
    }

    /// The text that ``init(_:)`` reads, in the greatest unit that gives a whole number.
    public var text: String {
        let (seconds, attoseconds) = components
        guard attoseconds == 0 else { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        for (unit, suffix) in [(86_400, "d"), (3600, "h"), (60, "m")] as [(Int64, String)] {
            if seconds.isMultiple(of: unit) { return "\(seconds / unit)\(suffix)" }
        }
        return "\(seconds)s"
    }
}
