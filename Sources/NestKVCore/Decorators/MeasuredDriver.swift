import CoreMetrics
import NestKVStorage

/// Measures how long each operation of a driver takes, by its outcome:
/// `nestkv_driver_operation_duration_seconds{driver,op,outcome}`.
public struct MeasuredDriver: DriverDecorator {
    /// The metric's name.
    public static let metric = "nestkv_driver_operation_duration_seconds"

    public let base: any Driver
    private let nodeTimes, scanTimes, namesTimes, commitTimes, revisionsTimes, changesTimes, expiredTimes: Times

    /// A driver around another one.
    public init(_ base: any Driver, metrics: any MetricsFactory) {
        self.base = base
        let driver = base.capabilities.driver
        nodeTimes = Times(driver, "node", metrics)
        scanTimes = Times(driver, "scan", metrics)
        namesTimes = Times(driver, "names", metrics)
        commitTimes = Times(driver, "commit", metrics)
        revisionsTimes = Times(driver, "revisions", metrics)
        changesTimes = Times(driver, "changes", metrics)
        expiredTimes = Times(driver, "expired", metrics)
    }

    public func node(_ key: Key, _ reach: Reach) async throws(DriverError) -> NodeRecords {
        let operation = Operation(nodeTimes)
        do { return operation.succeeded(try await base.node(key, reach)) } catch { throw operation.failed(error) }
    }

    public func nodeAtOnce(_ key: Key, _ reach: Reach) throws(DriverError) -> NodeRecords? {
        let operation = Operation(nodeTimes)
        do {
            guard let records = try base.nodeAtOnce(key, reach) else { return nil }
            return operation.succeeded(records)
        } catch {
            throw operation.failed(error)
        }
    }

    /// Not measured: what it saves is not done.
    public func unchanged(_ key: Key) -> Unchanged? { base.unchanged(key) }

    public func scan(_ key: Key, after: Key?, limit: Int) async throws(DriverError) -> Page {
        let operation = Operation(scanTimes)
        do { return operation.succeeded(try await base.scan(key, after: after, limit: limit)) } catch {
            throw operation.failed(error)
        }
    }

    public func names(below key: Key, after: [UInt8]?, limit: Int) async throws(DriverError) -> [[UInt8]] {
        let operation = Operation(namesTimes)
        do { return operation.succeeded(try await base.names(below: key, after: after, limit: limit)) } catch {
            throw operation.failed(error)
        }
    }

    public func commit(_ transaction: Transaction) async throws(DriverError) -> Receipt {
        let operation = Operation(commitTimes)
        do { return operation.succeeded(try await base.commit(transaction)) } catch { throw operation.failed(error) }
    }

    public func commitAtOnce(_ transaction: Transaction) throws(DriverError) -> Receipt? {
        let operation = Operation(commitTimes)
        do {
            guard let receipt = try base.commitAtOnce(transaction) else { return nil }
            return operation.succeeded(receipt)
        } catch {
            throw operation.failed(error)
        }
    }

    public var commitsAtOnce: Bool { base.commitsAtOnce }

    public func revisions(of key: Key, limit: Int) async throws(DriverError) -> [Record] {
        let operation = Operation(revisionsTimes)
        do { return operation.succeeded(try await base.revisions(of: key, limit: limit)) } catch {
            throw operation.failed(error)
        }
    }

    public func version(_ version: UInt64, of key: Key) async throws(DriverError) -> Record? {
        let operation = Operation(revisionsTimes)
        do { return operation.succeeded(try await base.version(version, of: key)) } catch {
            throw operation.failed(error)
        }
    }

    public func expired(by time: Timestamp, limit: Int) async throws(DriverError) -> [Record] {
        let operation = Operation(expiredTimes)
        do { return operation.succeeded(try await base.expired(by: time, limit: limit)) } catch {
            throw operation.failed(error)
        }
    }

    public func changes(in feed: Feed, after revision: Revision, limit: Int) async throws(DriverError) -> ChangePage {
        let operation = Operation(changesTimes)
        do { return operation.succeeded(try await base.changes(in: feed, after: revision, limit: limit)) } catch {
            throw operation.failed(error)
        }
    }
}

/// A running operation.
private struct Operation {
    let times: Times
    let start = ContinuousClock.now

    init(_ times: Times) { self.times = times }

    func succeeded<Result>(_ result: Result) -> Result {
        times.success.recordNanoseconds(nanoseconds)
        return result
    }

    func failed(_ error: DriverError) -> DriverError {
        (error.kind == .conflict ? times.conflict : times.failure).recordNanoseconds(nanoseconds)
        return error
    }

    private var nanoseconds: Int64 { (ContinuousClock.now - start).nanoseconds }
}

/// The times of one kind of operation.
private final class Times: Sendable {
    let success: any TimerHandler
    let conflict: any TimerHandler
    let failure: any TimerHandler

    init(_ driver: String, _ operation: String, _ metrics: any MetricsFactory) {
        func timer(_ outcome: String) -> any TimerHandler {
            metrics.makeTimer(
                label: MeasuredDriver.metric, dimensions: [("driver", driver), ("op", operation), ("outcome", outcome)])
        }
        success = timer("success")
        conflict = timer("conflict")
        failure = timer("failure")
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        Int64(truncatingIfNeeded: attoseconds / 1_000_000_000)
    }
}
