/// Translates a pattern of ECMA-262 (2020, with the flag `u`) into PCRE2's syntax.
///
/// What isn't ECMA-262 is refused: possessive quantifiers, `\A`, `\Z`, `(?P<`, POSIX classes and the like. The flag `u`
/// also forbids what Annex B permits without it, and some of that is accepted, because published patterns have it: a
/// punctuation character may be escaped without need, `-` in a class may be beside a set like `\w`, and `]`, `{` and
/// `}` may be themselves where they can't mean anything more.
struct PatternTranslator {
    private(set) var source: [Unicode.Scalar]
    var position = 0
    var output: [UInt8] = []
    /// Whether groups are numbered in the output, which only references to them need.
    private let capturing: Bool
    private var groups = 0
    private var names: [String: Int] = [:]
    private var references: [(number: Int, name: String?, offset: Int)] = []
    /// For each open group, whether it is an assertion, which can't be repeated.
    private var openGroups: [Bool] = []

    private init(_ source: [Unicode.Scalar], capturing: Bool) {
        self.source = source
        self.capturing = capturing
    }

    /// A pattern's translation.
    static func translate(_ source: String) throws(PatternError) -> [UInt8] {
        let scalars = Array(source.unicodeScalars)
        var translator = PatternTranslator(scalars, capturing: false)
        try translator.run()
        guard !translator.references.isEmpty else { return translator.output }
        let names = translator.names
        translator = PatternTranslator(scalars, capturing: true)
        translator.names = names
        try translator.run()
        return translator.output
    }

    var current: Unicode.Scalar? { position < source.count ? source[position] : nil }

    /// The character after the current one.
    func next(_ distance: Int = 1) -> Unicode.Scalar? {
        position + distance < source.count ? source[position + distance] : nil
    }

    func failure(_ reason: String, at offset: Int? = nil) -> PatternError {
        PatternError(reason: reason, offset: offset ?? position)
    }

    mutating func emit(_ text: StaticString) {
        text.withUTF8Buffer { output.append(contentsOf: $0) }
    }

    /// Whether the source goes on with a text; moves behind it.
    mutating func take(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        guard source[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    private mutating func run() throws(PatternError) {
        while let scalar = current { try term(scalar) }
        if !openGroups.isEmpty { throw failure("a group is not closed") }
        for reference in references {
            let isKnown = reference.name.map { names[$0] != nil } ?? (reference.number <= groups)
            if !isKnown { throw failure("the reference is to a group that doesn't exist", at: reference.offset) }
        }
    }

    private mutating func term(_ scalar: Unicode.Scalar) throws(PatternError) {
        switch scalar {
        case "|":
            position += 1
            emit("|")
        case "^", "$":
            position += 1
            output.append(UInt8(scalar.value))
        case "(": try openGroup()
        case ")": try closeGroup()
        case "*", "+", "?": throw failure("'\(scalar)' has nothing to repeat")
        default:
            if scalar == "\\", let letter = next(), letter == "b" || letter == "B" {
                position += 2
                letter == "b" ? emit("\\b") : emit("\\B")
                return
            }
            try atom(scalar)
            try quantifier()
        }
    }

    private mutating func atom(_ scalar: Unicode.Scalar) throws(PatternError) {
        switch scalar {
        case ".":
            position += 1
            emit("[^\\n\\r\\x{2028}\\x{2029}]")
        case "[": try characterClass()
        case "\\": try escape()
        default:
            if scalar == "{", bounds(from: position) != nil { throw failure("'{' has nothing to repeat") }
            position += 1
            appendLiteral(scalar)
        }
    }

    private mutating func openGroup() throws(PatternError) {
        let start = position
        var isAssertion = false
        if take("(?:") {
            emit("(?:")
        } else if take("(?=") {
            emit("(?=")
            isAssertion = true
        } else if take("(?!") {
            emit("(?!")
            isAssertion = true
        } else if take("(?<=") {
            emit("(?<=")
            isAssertion = true
        } else if take("(?<!") {
            emit("(?<!")
            isAssertion = true
        } else if take("(?<") {
            groups += 1
            let name = try groupName()
            if !capturing, names.updateValue(groups, forKey: name) != nil {
                throw failure("two groups are named '\(name)'", at: start)
            }
            capturing ? emit("(") : emit("(?:")
        } else if next() == "?" {
            throw failure("'(?' must be followed by ':', '=', '!', '<=', '<!' or a name in '<…>'")
        } else {
            groups += 1
            position += 1
            capturing ? emit("(") : emit("(?:")
        }
        openGroups.append(isAssertion)
    }

    private mutating func closeGroup() throws(PatternError) {
        guard let isAssertion = openGroups.popLast() else { throw failure("')' closes no group") }
        position += 1
        emit(")")
        if !isAssertion { try quantifier() }
    }

    /// The name of a group, up to its `>`.
    private mutating func groupName() throws(PatternError) -> String {
        var name = String.UnicodeScalarView()
        while let scalar = current, scalar != ">" {
            let isStart = scalar.properties.isIDStart || scalar == "$" || scalar == "_"
            guard isStart || !name.isEmpty && scalar.properties.isIDContinue else {
                throw failure("'\(scalar)' can't be in the name of a group")
            }
            name.append(scalar)
            position += 1
        }
        guard current == ">", !name.isEmpty else { throw failure("the name of a group must be in '<…>'") }
        position += 1
        return String(name)
    }

    /// The numbers of a quantifier `{n}`, `{n,}` or `{n,m}`, and where it ends; nil if it is not there.
    private func bounds(from start: Int) -> (least: Int, most: Int?, end: Int)? {
        guard let close = source[start...].firstIndex(of: "}") else { return nil }
        let text = String(String.UnicodeScalarView(source[(start + 1)..<close]))
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, !first.isEmpty,
            text.utf8.allSatisfy({ $0 == 0x2C || $0 &- 0x30 < 10 })
        else { return nil }
        let least = Int(first) ?? Int.max
        guard parts.count == 2 else { return (least, least, close + 1) }
        return (least, parts[1].isEmpty ? nil : Int(parts[1]) ?? Int.max, close + 1)
    }

    private mutating func quantifier() throws(PatternError) {
        switch current {
        case "*", "+", "?":
            output.append(UInt8(source[position].value))
            position += 1
        case "{":
            guard let bounds = bounds(from: position) else { return }
            if let most = bounds.most, most < bounds.least { throw failure("the numbers in '{…}' are out of order") }
            if max(bounds.least, bounds.most ?? 0) > 65535 {
                throw failure("a number in '{…}' is more than 65535, which is not supported")
            }
            output.append(contentsOf: source[position..<bounds.end].map { UInt8($0.value) })
            position = bounds.end
        default: return
        }
        if current == "?" {
            position += 1
            emit("?")
        }
        if current == "+" || current == "*" || current == "?" {
            throw failure("'\(source[position])' has nothing to repeat; ECMA-262 has no possessive quantifiers")
        }
    }

    /// Notes a reference to a group by number or name, and writes it.
    mutating func appendReference(_ number: Int, name: String?, at offset: Int) {
        references.append((number, name, offset))
        let target = name.flatMap { names[$0] } ?? number
        output.append(contentsOf: "\\g{\(target)}".utf8)
    }

    /// Reads the name of a reference `\k<name>`, whose `<` is behind the current position.
    mutating func referenceName() throws(PatternError) -> String {
        guard take("<") else { throw failure("'\\k' must be followed by a name in '<…>'") }
        return try groupName()
    }

    /// Writes a character that means itself.
    mutating func appendLiteral(_ scalar: Unicode.Scalar) {
        if scalar.isASCII, !scalar.properties.isAlphabetic, scalar != "_" {
            output.append(contentsOf: "\\x{\(String(scalar.value, radix: 16))}".utf8)
        } else {
            output.append(contentsOf: String(scalar).utf8)
        }
    }
}
