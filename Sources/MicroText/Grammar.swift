/// How a kind of value is written as a text: a duration, a size, a number, a choice.
///
/// Query parameters, members of JSON, header fields, settings and parameters of a store's address are all read by the
/// same grammars. So a text means the same everywhere, and one that is refused is refused with the same sentence. The
/// source of a text only adds where it is.
public struct Grammar<Value>: Sendable {
    /// What a text must be, as in `a whole number from 1 to 5`.
    public let expected: String
    private let parse: @Sendable (String) -> Value?

    /// A grammar from its parts.
    ///
    /// - Parameter parse: reads a text; nil if it doesn't follow the grammar.
    public init(_ expected: String, parse: @escaping @Sendable (String) -> Value?) {
        self.expected = expected
        self.parse = parse
    }

    /// The value that a text means; nil if it doesn't follow the grammar.
    public func read(_ text: String) -> Value? { parse(text) }

    /// The sentence that refuses a text.
    ///
    /// - Parameter place: where the text is, as in `The query parameter 'limit'`.
    public func refusal(of text: String, at place: String) -> String {
        Refusal.sentence(place, text, expected)
    }
}

/// The one sentence that refuses a text: `The query parameter 'limit' is 'x'; it must be a whole number from 1 to 5.`
public enum Refusal {
    /// - Parameters:
    ///   - place: where the text is, as in `The query parameter 'limit'`.
    ///   - expected: what it must be, as in `a whole number from 1 to 5`.
    public static func sentence(_ place: String, _ text: String, _ expected: String) -> String {
        "\(place) is '\(text.utf8.count > 100 ? text.prefix(100) + "…" : text)'; it must be \(expected)."
    }
}

extension Grammar where Value: FixedWidthInteger & Sendable {
    /// A whole number in a range.
    public static func number(in range: ClosedRange<Value>) -> Grammar {
        Grammar("a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Value(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension Grammar where Value == Int {
    /// A number of bytes: `4096`, `64KiB`, `1MiB`, `2GiB`.
    public static func size(from least: Int = 1, to most: Int = ByteCount.greatest) -> Grammar {
        let bounds = "from \(ByteCount.text(least)) to \(ByteCount.text(most))"
        return Grammar("a number of bytes like 4096, 64KiB or 1MiB, \(bounds)") { text in
            ByteCount.read(text).flatMap { least <= $0 && $0 <= most ? $0 : nil }
        }
    }
}

extension Grammar where Value == Duration {
    /// A duration: `500ms`, `30s`, `5m`, `2h`, `7d` or a number of seconds.
    public static func duration(
        from least: Duration = .milliseconds(1), to most: Duration = .longest
    ) -> Grammar {
        Grammar("a duration like 500ms, 30s, 5m, 2h or 7d, from \(least.text) to \(most.text)") { text in
            Duration(text).flatMap { least <= $0 && $0 <= most ? $0 : nil }
        }
    }
}

extension Grammar where Value: Sendable {
    /// One of several words. Each has a value.
    public static func choice(_ words: KeyValuePairs<String, Value>) -> Grammar {
        Grammar(either(words.map(\.key))) { text in words.first { $0.key == text }?.value }
    }

    /// The raw value of one of the cases of a type.
    public static func choice(of type: Value.Type = Value.self) -> Grammar
    where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        Grammar(either(Value.allCases.map(\.rawValue))) { Value(rawValue: $0) }
    }

    /// `'a', 'b' or 'c'`.
    private static func either(_ words: [String]) -> String {
        let quoted = words.map { "'\($0)'" }
        return quoted.count < 2
            ? quoted.joined() : quoted.dropLast().joined(separator: ", ") + " or " + quoted[quoted.count - 1]
    }
}

extension Grammar<Bool> {
    /// `on` or `off`.
    public static var onOrOff: Grammar { .choice(["on": true, "off": false]) }
}
