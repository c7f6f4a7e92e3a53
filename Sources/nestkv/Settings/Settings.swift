import Configuration
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

    /// A whole number.
    func number(_ setting: Setting, in range: ClosedRange<Int>) throws(CommandFailure) -> Int {
        let text = text(setting)
        guard let number = Int(text), range.contains(number) else {
            throw wrong(setting, text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A number of bytes: `4096`, `64KiB`, `1MiB`, `2GiB`.
    func bytes(_ setting: Setting) throws(CommandFailure) -> Int {
        let text = text(setting)
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)]
        for (suffix, factor) in units where text.hasSuffix(suffix) {
            guard let number = Int(text.dropLast(suffix.count)), number > 0, number <= (1 << 40) / factor else { break }
            return number * factor
        }
        throw wrong(setting, text, "a number of bytes like 4096, 64KiB or 1MiB")
    }

    /// A duration: `500ms`, `30s`, `5m`, `2h`, `7d` or a plain number of seconds.
    func duration(_ setting: Setting) throws(CommandFailure) -> Duration {
        let text = text(setting)
        if let duration = Duration(text) { return duration }
        throw wrong(setting, text, "a duration like 500ms, 30s, 5m, 2h or 7d")
    }

    /// The address to listen on, an IPv6 one without brackets.
    var host: String {
        let text = text(.host)
        return text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    }

    /// One of the cases of a type.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ setting: Setting, _ type: Choice.Type
    ) throws(CommandFailure) -> Choice where Choice.RawValue == String {
        let text = text(setting)
        guard let choice = Choice(rawValue: text) else {
            throw wrong(setting, text, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    /// The failure for an invalid value. It names the option or the variable.
    func wrong(_ setting: Setting, _ text: String, _ expected: String) -> CommandFailure {
        let origin = arguments.contains(setting) ? "--\(setting.rawValue)" : setting.variable
        let hint =
            setting == .port && text.hasPrefix("tcp://")
            ? " (Kubernetes sets this variable for a service named nestkv; set enableServiceLinks: false)" : ""
        return .usage("\(origin) is '\(text)'; it must be \(expected)\(hint).")
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
