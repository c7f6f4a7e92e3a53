import Logging
import MicroJSON

/// Logs the start, end, outcome and duration of every operation at debug, and failures of the store at error.
public struct LoggedStore: StoreDecorator {
    public let base: any Store
    private let logger: Logger
    /// Asked of the logger once: its level doesn't change, and asking costs more than a read.
    private let logsOperations: Bool
    private let clock = ContinuousClock()

    init(_ base: any Store, _ logger: Logger) {
        self.base = base
        self.logger = logger
        logsOperations = logger.logLevel <= .debug
    }

    public func get(_ key: Key, _ view: View) async throws(StoreError) -> Node {
        try await logged("get", key, nil) { () async throws(StoreError) in try await base.get(key, view) }
    }

    public func history(_ key: Key, limit: Int) async throws(StoreError) -> [Record] {
        try await logged("history", key, nil) { () async throws(StoreError) in
            try await base.history(key, limit: limit)
        }
    }

    public func version(_ version: UInt64, of key: Key) async throws(StoreError) -> Record? {
        try await logged("version", key, nil) { () async throws(StoreError) in
            try await base.version(version, of: key)
        }
    }

    public func write(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) async throws(StoreError) -> [WriteResult] {
        guard let first = requests.first else { return try await base.write(requests, if: conditions) }
        let operation = requests.count == 1 ? first.operation.name : "transaction of \(requests.count)"
        return try await logged(operation, first.key, first.options) { () async throws(StoreError) in
            try await base.write(requests, if: conditions)
        }
    }

    public func scan(_ key: Key, after: Key?, limit: Int) async throws(StoreError) -> Page {
        try await logged("scan", key, nil) { () async throws(StoreError) in
            try await base.scan(key, after: after, limit: limit)
        }
    }

    private func logged<Result>(
        _ operation: String, _ key: Key, _ options: WriteOptions?,
        _ body: () async throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        guard logsOperations else {
            do { return try await body() } catch {
                logFailure(error, operation, key, options)
                throw error
            }
        }
        var metadata: Logger.Metadata = ["operation": "\(operation)", "key": "\(key)"]
        if let options { metadata["transaction"] = "\(options.transactionID)" }
        logger.debug("store operation starts", metadata: metadata)
        let start = clock.now
        func logEnd(_ outcome: String) {
            metadata["outcome"] = "\(outcome)"
            let (seconds, attoseconds) = (clock.now - start).components
            metadata["microseconds"] = "\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)"
            logger.debug("store operation ended", metadata: metadata)
        }
        do {
            let result = try await body()
            logEnd("success")
            return result
        } catch {
            logEnd(error.code.rawValue)
            logFailure(error, operation, key, options)
            throw error
        }
    }

    private func logFailure(_ error: StoreError, _ operation: String, _ key: Key, _ options: WriteOptions?) {
        switch error.code {
        case .unavailable, .full, .corrupt, .internalError, .unknownOutcome:
            var metadata: Logger.Metadata = [
                "operation": "\(operation)", "key": "\(key)", "code": "\(error.code.rawValue)",
                "cause": "\(error.cause.map(String.init(describing:)) ?? "none")",
            ]
            if let options { metadata["transaction"] = "\(options.transactionID)" }
            logger.error("store operation failed: \(error.message)", metadata: metadata)
        default:
            break
        }
    }
}

extension Store {
    /// This store, logging every operation.
    public func logged(with logger: Logger) -> LoggedStore {
        LoggedStore(self, logger)
    }
}
