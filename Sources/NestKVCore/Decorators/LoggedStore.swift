import Logging
import MicroJSON
import NestKVStorage

/// Logs the start, end, outcome and duration of every operation at debug, and failures of the store at error.
public struct LoggedStore: StoreDecorator {
    public let base: any Store
    private let logger: Logger
    /// Read from the logger once. Its level doesn't change, and reading it costs more than reading a value.
    private let logsOperations: Bool

    init(_ base: any Store, _ logger: Logger) {
        self.base = base
        self.logger = logger
        logsOperations = logger.logLevel <= .debug
    }

    public func get(_ key: Key, _ view: View) async throws(StoreError) -> Node {
        let operation = begin("get", key)
        do { return operation.succeeded(try await base.get(key, view)) } catch { throw operation.failed(error) }
    }

    public func getAtOnce(_ key: Key, _ view: View) throws(StoreError) -> Node? {
        let operation = begin("get", key)
        do {
            // What is not read at once is a `get`, which is logged as well.
            guard let node = try base.getAtOnce(key, view) else { return nil }
            return operation.succeeded(node)
        } catch {
            throw operation.failed(error)
        }
    }

    /// If every operation is logged, every read is one.
    public func unchanged(_ key: Key) -> Unchanged? { logsOperations ? nil : base.unchanged(key) }

    public func history(_ key: Key, limit: Int) async throws(StoreError) -> [Record] {
        let operation = begin("history", key)
        do {
            return operation.succeeded(try await base.history(key, limit: limit))
        } catch {
            throw operation.failed(error)
        }
    }

    public func version(_ version: UInt64, of key: Key) async throws(StoreError) -> Record? {
        let operation = begin("version", key)
        do {
            return operation.succeeded(try await base.version(version, of: key))
        } catch {
            throw operation.failed(error)
        }
    }

    public func write(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) async throws(StoreError) -> [WriteResult] {
        guard let operation = begin(requests) else { return try await base.write(requests, if: conditions) }
        do {
            return operation.succeeded(try await base.write(requests, if: conditions))
        } catch {
            throw operation.failed(error)
        }
    }

    public var writesAtOnce: Bool { base.writesAtOnce }

    public func writeAtOnce(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) throws(StoreError) -> [WriteResult]? {
        guard let operation = begin(requests) else { return try base.writeAtOnce(requests, if: conditions) }
        do {
            // What is not written at once is a `write`, which is logged as well.
            guard let results = try base.writeAtOnce(requests, if: conditions) else { return nil }
            return operation.succeeded(results)
        } catch {
            throw operation.failed(error)
        }
    }

    public func scan(_ key: Key, after: Key?, limit: Int) async throws(StoreError) -> Page {
        let operation = begin("scan", key)
        do {
            return operation.succeeded(try await base.scan(key, after: after, limit: limit))
        } catch {
            throw operation.failed(error)
        }
    }

    /// Begins writes; nil for an empty list.
    private func begin(_ requests: [WriteRequest]) -> Operation? {
        guard let first = requests.first else { return nil }
        let name = requests.count == 1 ? first.operation.name : "transaction of \(requests.count)"
        return begin(name, first.key, first.options.transactionID)
    }

    private func begin(_ name: String, _ key: Key, _ transaction: TransactionID? = nil) -> Operation {
        let operation = Operation(
            name: name, key: key, transaction: transaction, logger: logger, started: logsOperations ? .now : nil)
        if logsOperations { logger.debug("store operation starts", metadata: operation.metadata) }
        return operation
    }
}

/// A running operation.
private struct Operation {
    let name: String
    let key: Key
    let transaction: TransactionID?
    let logger: Logger
    /// Nil if the end of the operation isn't logged.
    let started: ContinuousClock.Instant?

    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["operation": "\(name)", "key": "\(key)"]
        if let transaction { metadata["transaction"] = "\(transaction)" }
        return metadata
    }

    func succeeded<Result>(_ result: Result) -> Result {
        logEnd("success")
        return result
    }

    func failed(_ error: StoreError) -> StoreError {
        logEnd(error.code.rawValue)
        switch error.code {
        case .unavailable, .full, .corrupt, .unknownOutcome:
            var metadata = metadata
            metadata["code"] = "\(error.code.rawValue)"
            metadata["cause"] = "\(error.cause.map(String.init(describing:)) ?? "none")"
            logger.error("store operation failed: \(error.message)", metadata: metadata)
        default:
            break
        }
        return error
    }

    private func logEnd(_ outcome: String) {
        guard let started else { return }
        let (seconds, attoseconds) = (ContinuousClock.now - started).components
        var metadata = metadata
        metadata["outcome"] = "\(outcome)"
        metadata["microseconds"] = .stringConvertible(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        logger.debug("store operation ended", metadata: metadata)
    }
}

extension Store {
    /// This store, logging every operation.
    public func logged(with logger: Logger) -> LoggedStore {
        LoggedStore(self, logger)
    }
}
