import MicroText

/// A setting: an option of `nestkv serve` and an environment variable.
struct Setting<Value>: Sendable {
    /// The name of the option, without `--`.
    let name: String
    /// The text if the setting is not set.
    let standard: String
    /// How its text is read.
    let grammar: Grammar<Value>
    /// The name of its value in the help: `size` in `--stream-queue <size>`.
    let valueName: String
    /// One line of at most 74 columns, the default included.
    let summary: String
    /// Whether only `--help-hidden` shows it, because few people change it.
    private(set) var isRare = false

    init(_ name: String, _ standard: String, _ grammar: Grammar<Value>, _ valueName: String, _ summary: String) {
        (self.name, self.standard, self.grammar) = (name, standard, grammar)
        (self.valueName, self.summary) = (valueName, summary)
    }

    /// The same setting, shown only by `--help-hidden`.
    var rare: Setting {
        var setting = self
        setting.isRare = true
        return setting
    }
}

/// What all settings have, whatever their values are.
protocol AnySetting: Sendable {
    var name: String { get }
    var standard: String { get }
    var valueName: String { get }
    var summary: String { get }
    var isRare: Bool { get }
    /// Whether a text follows the grammar.
    func takes(_ text: String) -> Bool
}

extension Setting: AnySetting {
    func takes(_ text: String) -> Bool { grammar.read(text) != nil }
}

extension AnySetting {
    /// The environment variable: `NESTKV_LOG_LEVEL`.
    var variable: String { "NESTKV_" + name.uppercased().replacing("-", with: "_") }
}

extension Setting<Int> {
    /// A whole number.
    static func number(_ name: String, _ standard: Int, in range: ClosedRange<Int>, _ summary: String) -> Setting {
        Setting(name, String(standard), .number(in: range), "n", summary)
    }

    /// A number of bytes.
    static func size(_ name: String, _ standard: String, from least: Int = 1, _ summary: String) -> Setting {
        Setting(name, standard, .size(from: least), "size", summary)
    }
}

extension Setting<Duration> {
    /// A duration.
    static func duration(_ name: String, _ standard: String, _ summary: String) -> Setting {
        Setting(name, standard, .duration(), "duration", summary)
    }
}

extension Setting<[String]> {
    /// A list of texts, empty by default.
    static func list(_ name: String, _ summary: String) -> Setting {
        let grammar = Grammar("a list separated by commas") { text -> [String]? in
            text.split(separator: ",").map { String($0.trimmingBlanks) }.filter { !$0.isEmpty }
        }
        return Setting(name, "", grammar, "a,b", summary)
    }
}

extension Grammar<String> {
    /// Any text.
    static var anyText: Grammar { Grammar("a text") { $0 } }
}
