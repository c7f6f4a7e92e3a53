import ArgumentParser

/// `nestkv serve`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Starts the service.",
        discussion: """
            Every option can be set by an environment variable, too; an empty one counts as not set, and the command \
            line wins. Sizes are bytes or 64KiB, \
            1MiB, 2GiB; times are 500ms, 30s, 5m, 2h, 7d or seconds.
            """)

    @Option(help: .of(.host)) var host: String?
    @Option(help: .of(.port)) var port: String?
    @Option(help: .of(.store)) var store: String?
    @Option(help: .of(.entryPoints)) var entryPoints: String?
    @Option(help: .of(.storeTimeout)) var storeTimeout: String?
    @Option(help: .of(.backupFolder)) var backupFolder: String?
    @Option(help: .of(.backupsKept)) var backupsKept: String?
    @Option(help: .of(.history)) var history: String?
    @Option(help: .of(.feedChanges)) var feedChanges: String?
    @Option(help: .of(.feedBytes)) var feedBytes: String?
    @Option(help: .of(.feedAge)) var feedAge: String?
    @Option(help: .of(.maxValueSize)) var maxValueSize: String?
    @Option(help: .of(.maxValueDepth)) var maxValueDepth: String?
    @Option(help: .of(.maxKeyBytes)) var maxKeyBytes: String?
    @Option(help: .of(.maxKeySegments)) var maxKeySegments: String?
    @Option(help: .of(.maxReplySize)) var maxReplySize: String?
    @Option(help: .of(.maxLeaves)) var maxLeaves: String?
    @Option(help: .of(.maxBytesInFlight)) var maxBytesInFlight: String?
    @Option(help: .of(.maxConnections)) var maxConnections: String?
    @Option(help: .of(.maxOperations)) var maxOperations: String?
    @Option(help: .of(.maxBatchSize)) var maxBatchSize: String?
    @Option(help: .of(.maxStreams)) var maxStreams: String?
    @Option(help: .of(.maxPatterns)) var maxPatterns: String?
    @Option(help: .of(.streamQueue)) var streamQueue: String?
    @Option(help: .of(.slowClientTimeout)) var slowClientTimeout: String?
    @Option(help: .of(.keepAlive)) var keepAlive: String?
    @Option(help: .of(.threads)) var threads: String?
    @Option(help: .of(.computeThreads)) var computeThreads: String?
    @Option(help: .of(.maxComputing)) var maxComputing: String?
    @Option(help: .of(.idleTimeout)) var idleTimeout: String?
    @Option(help: .of(.headerTimeout)) var headerTimeout: String?
    @Option(help: .of(.bodyTimeout)) var bodyTimeout: String?
    @Option(help: .of(.drainTimeout)) var drainTimeout: String?
    @Option(help: .of(.corsOrigins)) var corsOrigins: String?
    @Option(help: .of(.allowedHosts)) var allowedHosts: String?
    @Option(help: .of(.logLevel)) var logLevel: String?
    @Option(help: .of(.logFormat)) var logFormat: String?

    func run() async throws {
        try await App.serve(Settings(arguments: given, environment: Environment.variables))
    }

    private var given: [Setting: String] {
        let all: [Setting: String?] = [
            .host: host, .port: port, .store: store, .entryPoints: entryPoints,
            .storeTimeout: storeTimeout, .backupFolder: backupFolder, .backupsKept: backupsKept, .history: history,
            .feedChanges: feedChanges, .feedBytes: feedBytes,
            .feedAge: feedAge, .maxValueSize: maxValueSize,
            .maxValueDepth: maxValueDepth, .maxKeyBytes: maxKeyBytes, .maxKeySegments: maxKeySegments,
            .maxReplySize: maxReplySize, .maxLeaves: maxLeaves, .maxBytesInFlight: maxBytesInFlight,
            .maxConnections: maxConnections,
            .maxOperations: maxOperations,
            .maxBatchSize: maxBatchSize, .maxStreams: maxStreams,
            .maxPatterns: maxPatterns, .streamQueue: streamQueue, .slowClientTimeout: slowClientTimeout,
            .keepAlive: keepAlive, .threads: threads, .computeThreads: computeThreads, .maxComputing: maxComputing,
            .idleTimeout: idleTimeout, .headerTimeout: headerTimeout, .bodyTimeout: bodyTimeout,
            .drainTimeout: drainTimeout, .corsOrigins: corsOrigins, .allowedHosts: allowedHosts,
            .logLevel: logLevel, .logFormat: logFormat,
        ]
        return all.compactMapValues { $0 }
    }
}

extension ArgumentHelp {
    fileprivate static func of(_ setting: Setting) -> ArgumentHelp {
        let standard = setting.standard.isEmpty ? "" : "; default: \(setting.standard)"
        return ArgumentHelp("\(setting.summary) (\(setting.variable)\(standard))", valueName: "value")
    }
}
