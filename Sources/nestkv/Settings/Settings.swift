import Configuration
import MicroText
import NestKVCore

/// The values of all settings: from the command line, otherwise from the environment, otherwise the default.
struct Settings: Sendable {
    private let reader: ConfigReader
    private let arguments: Set<Setting>
    /// Variables that begin with `NESTKV_` and are unknown. They are probably misspelt.
    let unknownVariables: [String]

    /// - Parameters:
    ///   - arguments: the values from the command line.
    ///   - environment: the environment variables.
    init(arguments: [Setting: String], environment: [String: String]) {
        let given = Dictionary(
            uniqueKeysWithValues: arguments.map { setting, text in
                (AbsoluteConfigKey(setting.path), ConfigValue(.string(text), isSecret: false))
            })
        reader = ConfigReader(providers: [
            InMemoryProvider(name: "command line", values: given),
            // Compose files and systemd units often set an empty variable for "not set".
            EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty }),
        ])
        self.arguments = Set(arguments.keys)
        unknownVariables = Self.unknownVariables(in: environment)
    }

    /// The text of a setting.
    func text(_ setting: Setting) -> String {
        reader.string(forKey: ConfigKey(setting.path), default: setting.standard)
    }

    /// What a setting's text means.
    func read<Value>(_ setting: Setting, _ grammar: Grammar<Value>) throws(CommandFailure) -> Value {
        let text = text(setting)
        guard let value = grammar.read(text) else { throw wrong(setting, text, grammar.expected) }
        return value
    }

    /// A whole number.
    func number(_ setting: Setting, in range: ClosedRange<Int>) throws(CommandFailure) -> Int {
        try read(setting, .number(in: range))
    }

    /// A number of bytes.
    func bytes(_ setting: Setting) throws(CommandFailure) -> Int { try read(setting, .size()) }

    /// A duration.
    func duration(_ setting: Setting) throws(CommandFailure) -> Duration { try read(setting, .duration()) }

    /// The address to listen on, an IPv6 one without brackets.
    var host: String {
        let text = text(.host)
        return text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    }

    /// The failure for an invalid value. It names the option or the variable.
    func wrong(_ setting: Setting, _ text: String, _ expected: String) -> CommandFailure {
        let origin = arguments.contains(setting) ? "--\(setting.rawValue)" : setting.variable
        let hint =
            setting == .port && text.hasPrefix("tcp://")
            ? " (Kubernetes sets this variable for a service named nestkv; set enableServiceLinks: false)" : ""
        return .usage(Refusal.sentence(origin, text, expected + hint))
    }

    private static func unknownVariables(in environment: [String: String]) -> [String] {
        let known = Set(Setting.allCases.map(\.variable)).union([Environment.server])
        return environment.keys.filter { $0.hasPrefix("NESTKV_") && !known.contains($0) }.sorted()
    }
}

extension Setting {
    /// The key of the setting: `nestkv.log.level`, which is `NESTKV_LOG_LEVEL` in the environment.
    fileprivate var path: [String] { ["nestkv"] + rawValue.split(separator: "-").map(String.init) }
}
