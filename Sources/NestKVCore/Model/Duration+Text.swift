extension Duration {
    /// Reads `500ms`, `30s`, `5m`, `2h`, `7d` or a plain number of seconds; nil for anything else, and for nothing at all.
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
}
