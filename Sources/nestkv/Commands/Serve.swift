import ArgumentParser
import NestKVCommands

/// `nestkv serve`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start the service.",
        discussion: """
            Every option is also an environment variable: NESTKV_LOG_LEVEL for --log-level. \
            The command line takes precedence. An empty variable counts as not set.
            Sizes are bytes or 64KiB, 1MiB, 2GiB; durations are 500ms, 30s, 5m, 2h, 7d.
            --help-hidden lists all options, docs/configuration.md describes them.

            Examples:
              nestkv serve --store memory:
              nestkv serve --store 'rocksdb:/var/lib/nestkv?cache=64MiB' --port 8080
              nestkv serve --host 0.0.0.0 --allowed-hosts kv.example
            """)

    @OptionGroup(title: "Service") var service: ServiceOptions
    @OptionGroup(title: "Retention") var retention: RetentionOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup(title: "Times and threads") var times: TimeOptions
    @OptionGroup(title: "Log") var log: LogOptions

    func run() async throws {
        try await App.serve(Settings(arguments: given, environment: Environment.variables))
    }

    /// What the command line sets: texts by the names of settings.
    var given: [String: String] {
        let groups: [any SettingOptions] = [service, retention, limits, times, log]
        return groups.reduce(into: [:]) { all, group in all.merge(group.given) { $1 } }
    }
}

/// Options that are settings. The property of an option has the name of its setting: `maxValueSize` for
/// `max-value-size`.
protocol SettingOptions: ParsableArguments {}

extension SettingOptions {
    /// The texts of the options that are given, by the names of their settings.
    var given: [String: String] {
        var given: [String: String] = [:]
        for property in Mirror(reflecting: self).children {
            // The label is that of the property wrapper: `_maxValueSize`.
            guard let label = property.label, let text = (property.value as? Option<String?>)?.wrappedValue else {
                continue
            }
            given[label.dropFirst().map { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }.joined()] = text
        }
        return given
    }
}

/// What is served, and to whom.
struct ServiceOptions: SettingOptions {
    @Option(help: .of(\.store)) var store: String?
    @Option(help: .of(\.host)) var host: String?
    @Option(help: .of(\.port)) var port: String?
    @Option(help: .of(\.allowedHosts)) var allowedHosts: String?
    @Option(help: .of(\.corsOrigins)) var corsOrigins: String?
    @Option(help: .of(\.entryPoints)) var entryPoints: String?
}

/// What is kept besides the current values.
struct RetentionOptions: SettingOptions {
    @Option(help: .of(\.history)) var history: String?
    @Option(help: .of(\.feedChanges)) var feedChanges: String?
    @Option(help: .of(\.feedBytes)) var feedBytes: String?
    @Option(help: .of(\.feedAge)) var feedAge: String?
    @Option(help: .of(\.backupFolder)) var backupFolder: String?
    @Option(help: .of(\.backupsKept)) var backupsKept: String?
}

/// How much of everything there may be.
struct LimitOptions: SettingOptions {
    @Option(help: .of(\.maxValueSize)) var maxValueSize: String?
    @Option(help: .of(\.maxValueDepth)) var maxValueDepth: String?
    @Option(help: .of(\.maxKeyBytes)) var maxKeyBytes: String?
    @Option(help: .of(\.maxKeySegments)) var maxKeySegments: String?
    @Option(help: .of(\.maxReplySize)) var maxReplySize: String?
    @Option(help: .of(\.maxLeaves)) var maxLeaves: String?
    @Option(help: .of(\.maxOperations)) var maxOperations: String?
    @Option(help: .of(\.maxBatchSize)) var maxBatchSize: String?
    @Option(help: .of(\.maxConnections)) var maxConnections: String?
    @Option(help: .of(\.maxStreams)) var maxStreams: String?
    @Option(help: .of(\.maxPatterns)) var maxPatterns: String?
    @Option(help: .of(\.streamQueue)) var streamQueue: String?
    @Option(help: .of(\.maxBytesInFlight)) var maxBytesInFlight: String?
    @Option(help: .of(\.maxComputing)) var maxComputing: String?
    @Option(help: .of(\.keptReplies)) var keptReplies: String?
    @Option(help: .of(\.schemaMaxSize)) var schemaMaxSize: String?
    @Option(help: .of(\.schemaSteps)) var schemaSteps: String?
    @Option(help: .of(\.schemaPatternSteps)) var schemaPatternSteps: String?
    @Option(help: .of(\.schemaErrors)) var schemaErrors: String?
    @Option(help: .of(\.schemaMigrateRate)) var schemaMigrateRate: String?
    @Option(help: .of(\.schemaJobLease)) var schemaJobLease: String?
}

/// How long something may take, and how many threads do it.
struct TimeOptions: SettingOptions {
    @Option(help: .of(\.storeTimeout)) var storeTimeout: String?
    @Option(help: .of(\.idleTimeout)) var idleTimeout: String?
    @Option(help: .of(\.headerTimeout)) var headerTimeout: String?
    @Option(help: .of(\.bodyTimeout)) var bodyTimeout: String?
    @Option(help: .of(\.drainTimeout)) var drainTimeout: String?
    @Option(help: .of(\.slowClientTimeout)) var slowClientTimeout: String?
    @Option(help: .of(\.keepAlive)) var keepAlive: String?
    @Option(help: .of(\.threads)) var threads: String?
    @Option(help: .of(\.computeThreads)) var computeThreads: String?
}

/// How the log is written.
struct LogOptions: SettingOptions {
    @Option(help: .of(\.logLevel)) var logLevel: String?
    @Option(help: .of(\.logFormat)) var logFormat: String?
}

extension ArgumentHelp {
    fileprivate static func of<Value>(_ path: KeyPath<SettingTable, Setting<Value>>) -> ArgumentHelp {
        let setting = SettingTable.shared[keyPath: path]
        let standard = setting.standard.isEmpty ? "" : " (default: \(setting.standard))"
        return ArgumentHelp(
            "\(setting.summary)\(standard)", valueName: setting.valueName,
            visibility: setting.isRare ? .hidden : .default)
    }
}
