/// What the service publishes about itself.
public struct ServiceDescription: Sendable {
    /// `nestkv`.
    public let name: String
    /// The version of the program.
    public let version: String
    /// The store's address, without a password.
    public let store: String
    /// The most operations in a batch or transaction.
    public let operationsLimit: Int
    /// The most bytes in the body of a batch or transaction.
    public let batchBytes: Int
    /// Where backups requested by clients are written; nil if they are disabled.
    public let backups: BackupPlace?
    /// The HTTP limits, which `/_capabilities` publishes with those of the store.
    public let httpLimits: [(name: String, value: Int)]
    /// Returns the metrics in Prometheus's text format.
    public let metrics: @Sendable () async -> String

    /// A description from its parts.
    public init(
        name: String, version: String, store: String, operationsLimit: Int, batchBytes: Int,
        backups: BackupPlace? = nil, httpLimits: [(name: String, value: Int)],
        metrics: @escaping @Sendable () async -> String
    ) {
        self.metrics = metrics
        self.operationsLimit = operationsLimit
        self.batchBytes = batchBytes
        self.backups = backups
        self.name = name
        self.version = version
        self.store = store
        self.httpLimits = httpLimits
    }
}

/// Where backups requested by clients are written. A client can name only a folder inside this one.
public struct BackupPlace: Sendable {
    /// The folder.
    public let folder: String
    /// How many backups are kept; nil for all.
    public let kept: Int?

    /// A place from its parts.
    public init(folder: String, kept: Int?) {
        self.folder = folder
        self.kept = kept
    }
}
