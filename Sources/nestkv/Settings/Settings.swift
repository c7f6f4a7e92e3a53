import MicroText
import NestKVCommands
import NestKVCore

/// The values of all settings: from the command line, otherwise from the environment, otherwise the default.
struct Settings: Sendable {
    private let arguments: [String: String]
    private let environment: [String: String]
    /// Variables that begin with `NESTKV_` and are unknown. They are probably misspelt.
    let unknownVariables: [String]

    /// - Parameters:
    ///   - arguments: the texts from the command line, by the names of settings.
    ///   - environment: the environment variables.
    init(arguments: [String: String], environment: [String: String]) {
        self.arguments = arguments
        // Compose files and systemd units often set an empty variable for "not set".
        self.environment = environment.filter { !$0.value.isEmpty }
        unknownVariables = Self.unknownVariables(in: environment)
    }

    /// The value of a setting.
    ///
    /// - Throws: ``CommandFailure`` for a text that doesn't follow the setting's grammar.
    subscript<Value>(_ path: KeyPath<SettingTable, Setting<Value>>) -> Value {
        get throws(CommandFailure) { try read(path, SettingTable.shared[keyPath: path].grammar) }
    }

    /// The value of a setting, by a stricter grammar than its own.
    func read<Value>(
        _ path: KeyPath<SettingTable, Setting<Value>>, _ grammar: Grammar<Value>
    ) throws(CommandFailure) -> Value {
        let text = text(path)
        guard let value = grammar.read(text) else { throw wrong(path, text, grammar.expected) }
        return value
    }

    /// The text of a setting.
    func text<Value>(_ path: KeyPath<SettingTable, Setting<Value>>) -> String {
        let setting = SettingTable.shared[keyPath: path]
        return arguments[setting.name] ?? environment[setting.variable] ?? setting.standard
    }

    /// The failure for an invalid value. It names the option or the variable.
    func wrong<Value>(
        _ path: KeyPath<SettingTable, Setting<Value>>, _ text: String, _ expected: String
    ) -> CommandFailure {
        let setting = SettingTable.shared[keyPath: path]
        let origin = arguments[setting.name] != nil ? "--\(setting.name)" : setting.variable
        let hint =
            setting.name == "port" && text.hasPrefix("tcp://")
            ? " (Kubernetes sets this variable for a service named nestkv; set enableServiceLinks: false)" : ""
        return .usage(Refusal.sentence(origin, text, expected + hint))
    }

    private static func unknownVariables(in environment: [String: String]) -> [String] {
        let known = Set(SettingTable.shared.all.map(\.variable)).union([Environment.server])
        return environment.keys.filter { $0.hasPrefix("NESTKV_") && !known.contains($0) }.sorted()
    }
}
