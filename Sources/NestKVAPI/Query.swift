import MicroHTTP
import MicroText
import NestKVCore

/// A request's query parameters, decoded and checked.
struct Query: Sendable {
    static let none = Query(values: [:])

    private let values: [String: [String]]

    private init(values: [String: [String]]) {
        self.values = values
    }

    /// Reads `a=b&c`, percent-decoded with `+` as a space.
    ///
    /// - Parameter known: the names that are known, besides those that are repeatable; nil for any.
    /// - Throws: a problem for a name that isn't known, for a name that is given twice and isn't repeatable,
    ///   and for invalid percent-encoding or UTF-8.
    init(_ raw: ArraySlice<UInt8>, known: [String]?, repeatable: [String]) throws(Problem) {
        var values: [String: [String]] = [:]
        for pair in raw.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let name = try Self.decode(pair[..<equals])
            if let known, !known.contains(name), !repeatable.contains(name) {
                let all = (repeatable + known).joined(separator: ", ")
                let list = all.isEmpty ? "This path has no parameters." : "Known parameters: \(all)."
                throw Problem(.invalidParameter, "There is no parameter '\(name)' here. \(list)")
            }
            guard values[name] == nil || repeatable.contains(name) else {
                throw Problem(.invalidParameter, "The query parameter '\(name)' is given twice.")
            }
            values[name, default: []].append(try Self.decode(pair[equals...].dropFirst()))
        }
        self.values = values
    }

    var isEmpty: Bool { values.isEmpty }

    /// The names of the given parameters, sorted.
    var names: [String] { values.keys.sorted() }

    /// Whether only these parameters are given.
    func isWithin(_ names: Set<String>) -> Bool { values.keys.allSatisfy(names.contains) }

    /// Whether a parameter is given at all.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// A parameter's text; nil when it is not given.
    func text(_ name: String) -> String? { values[name]?.first }

    /// All texts of a repeatable parameter, in order.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// What a parameter's text means; nil when it is not given.
    func read<Value>(_ name: String, _ grammar: @autoclosure () -> Grammar<Value>) throws(Problem) -> Value? {
        guard let text = text(name) else { return nil }
        let grammar = grammar()
        guard let value = grammar.read(text) else {
            throw Problem(.invalidParameter, grammar.refusal(of: text, at: "The query parameter '\(name)'"))
        }
        return value
    }

    /// A switch: `?leaf`, `?leaf=true` and `?leaf=1` turn it on, `false` and `0` turn it off.
    func flag(_ name: String) throws(Problem) -> Bool {
        try read(
            name,
            Grammar("without a value, or 'true' or 'false'") { text in
                ["": true, "true": true, "1": true, "false": false, "0": false][text]
            }) ?? false
    }

    /// A whole number within a range; nil when the parameter is not given or, with `optional`, empty.
    func number<Number: FixedWidthInteger & Sendable>(
        _ name: String, in range: ClosedRange<Number>, optional: Bool = false
    ) throws(Problem) -> Number? {
        try optional && text(name) == "" ? nil : read(name, .number(in: range))
    }

    /// The requested tags, each given as `?tag=`.
    func tags() throws(Problem) -> [String] {
        let tags = all("tag")
        guard tags.allSatisfy({ !$0.isEmpty }) else {
            throw Problem(.invalidParameter, "The query parameter 'tag' is empty; give a tag, as in '?tag=prod'.")
        }
        guard tags.count <= Statement.tagLimit else {
            throw Problem(
                .invalidParameter,
                "The query parameter 'tag' is given \(tags.count) times; a leaf has at most \(Statement.tagLimit) tags."
            )
        }
        return tags
    }

    /// A time or a revision in the past; nil when the parameter is not given.
    func moment(_ name: String) throws(Problem) -> Moment? {
        try read(
            name,
            Grammar("a time like 2026-01-02T03:04:05.678Z (RFC 3339) or a revision") { text in
                // A '+' in a query is a space, and in a time it can only have been a '+'.
                Moment(String(text.map { $0 == " " ? "+" : $0 }))
            })
    }

    /// Refuses parameters that have no meaning in this kind of request.
    func require(_ known: [String], for what: String) throws(Problem) {
        for name in names where !known.contains(name) {
            throw Problem(
                .invalidParameter,
                "The query parameter '\(name)' can't be used with \(what); use only: \(known.joined(separator: ", ")).")
        }
    }

    /// Refuses parameters that contradict each other.
    func requireAtMostOne(of names: String...) throws(Problem) {
        let given = names.filter(has)
        guard given.count > 1 else { return }
        throw Problem(
            .invalidParameter,
            "The query parameters \(given.joined(separator: " and ")) can't be combined; use only one.")
    }

    private static func decode(_ raw: ArraySlice<UInt8>) throws(Problem) -> String {
        guard let bytes = PercentEncoding.decode(raw, plusIsSpace: true) else {
            throw Problem(.invalidParameter, "A '%' in the query is not followed by two hexadecimal digits.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.invalidParameter, "The query is not valid UTF-8 after percent-decoding.")
        }
        return text
    }
}
