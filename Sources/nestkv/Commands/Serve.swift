import ArgumentParser

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

    /// What the command line sets.
    var given: [Setting: String] {
        let groups: [any SettingOptions] = [service, retention, limits, times, log]
        return groups.reduce(into: [:]) { all, group in
            all.merge(group.given.compactMapValues { $0 }) { $1 }
        }
    }
}

/// Options that are settings.
protocol SettingOptions: ParsableArguments {
    /// The text of each option; nil if it is not given.
    var given: [Setting: String?] { get }
}

/// What is served, and to whom.
struct ServiceOptions: SettingOptions {
    @Option(help: .of(.store)) var store: String?
    @Option(help: .of(.host)) var host: String?
    @Option(help: .of(.port)) var port: String?
    @Option(help: .of(.allowedHosts)) var allowedHosts: String?
    @Option(help: .of(.corsOrigins)) var corsOrigins: String?
    @Option(help: .of(.entryPoints)) var entryPoints: String?

    var given: [Setting: String?] {
        [
            .store: store, .host: host, .port: port, .allowedHosts: allowedHosts, .corsOrigins: corsOrigins,
            .entryPoints: entryPoints,
        ]
    }
}

/// What is kept besides the current values.
struct RetentionOptions: SettingOptions {
    @Option(help: .of(.history)) var history: String?
    @Option(help: .of(.feedChanges)) var feedChanges: String?
    @Option(help: .of(.feedBytes)) var feedBytes: String?
    @Option(help: .of(.feedAge)) var feedAge: String?
    @Option(help: .of(.backupFolder)) var backupFolder: String?
    @Option(help: .of(.backupsKept)) var backupsKept: String?

    var given: [Setting: String?] {
        [
            .history: history, .feedChanges: feedChanges, .feedBytes: feedBytes, .feedAge: feedAge,
            .backupFolder: backupFolder, .backupsKept: backupsKept,
        ]
    }
}

/// How much of everything there may be.
struct LimitOptions: SettingOptions {
    @Option(help: .of(.maxValueSize)) var maxValueSize: String?
    @Option(help: .of(.maxValueDepth)) var maxValueDepth: String?
    @Option(help: .of(.maxKeyBytes)) var maxKeyBytes: String?
    @Option(help: .of(.maxKeySegments)) var maxKeySegments: String?
    @Option(help: .of(.maxReplySize)) var maxReplySize: String?
    @Option(help: .of(.maxLeaves)) var maxLeaves: String?
    @Option(help: .of(.maxOperations)) var maxOperations: String?
    @Option(help: .of(.maxBatchSize)) var maxBatchSize: String?
    @Option(help: .of(.maxConnections)) var maxConnections: String?
    @Option(help: .of(.maxStreams)) var maxStreams: String?
    @Option(help: .of(.maxPatterns)) var maxPatterns: String?
    @Option(help: .of(.streamQueue)) var streamQueue: String?
    @Option(help: .of(.maxBytesInFlight)) var maxBytesInFlight: String?
    @Option(help: .of(.maxComputing)) var maxComputing: String?

    var given: [Setting: String?] {
        [
            .maxValueSize: maxValueSize, .maxValueDepth: maxValueDepth, .maxKeyBytes: maxKeyBytes,
            .maxKeySegments: maxKeySegments, .maxReplySize: maxReplySize, .maxLeaves: maxLeaves,
            .maxOperations: maxOperations, .maxBatchSize: maxBatchSize, .maxConnections: maxConnections,
            .maxStreams: maxStreams, .maxPatterns: maxPatterns, .streamQueue: streamQueue,
            .maxBytesInFlight: maxBytesInFlight, .maxComputing: maxComputing,
        ]
    }
}

/// How long something may take, and how many threads do it.
struct TimeOptions: SettingOptions {
    @Option(help: .of(.storeTimeout)) var storeTimeout: String?
    @Option(help: .of(.idleTimeout)) var idleTimeout: String?
    @Option(help: .of(.headerTimeout)) var headerTimeout: String?
    @Option(help: .of(.bodyTimeout)) var bodyTimeout: String?
    @Option(help: .of(.drainTimeout)) var drainTimeout: String?
    @Option(help: .of(.slowClientTimeout)) var slowClientTimeout: String?
    @Option(help: .of(.keepAlive)) var keepAlive: String?
    @Option(help: .of(.threads)) var threads: String?
    @Option(help: .of(.computeThreads)) var computeThreads: String?

    var given: [Setting: String?] {
        [
            .storeTimeout: storeTimeout, .idleTimeout: idleTimeout, .headerTimeout: headerTimeout,
            .bodyTimeout: bodyTimeout, .drainTimeout: drainTimeout, .slowClientTimeout: slowClientTimeout,
            .keepAlive: keepAlive, .threads: threads, .computeThreads: computeThreads,
        ]
    }
}

/// How the log is written.
struct LogOptions: SettingOptions {
    @Option(help: .of(.logLevel)) var logLevel: String?
    @Option(help: .of(.logFormat)) var logFormat: String?

    var given: [Setting: String?] { [.logLevel: logLevel, .logFormat: logFormat] }
}

extension ArgumentHelp {
    fileprivate static func of(_ setting: Setting) -> ArgumentHelp {
        let declaration = setting.declaration
        let standard = declaration.standard.isEmpty ? "" : " (default: \(declaration.standard))"
        return ArgumentHelp(
            "\(declaration.summary)\(standard)", valueName: declaration.value,
            visibility: declaration.isRare ? .hidden : .default)
    }
}
