import Logging
import NestKVStorage
import Synchronization

/// Counts and logs what the checks of values found.
public final class SchemaTally: Sendable {
    /// What a check found.
    public enum Outcome: String, Sendable, CaseIterable {
        case valid, invalid
        /// There is no verdict, because it would cost too much.
        case tooCostly = "too-costly"
    }

    /// When a value is checked.
    public enum Side: String, Sendable, CaseIterable {
        case writing = "write"
        case reading = "read"
    }

    /// The numbers of checks, by outcome.
    private struct Counts: ~Copyable {
        let valid = Atomic(0), invalid = Atomic(0), tooCostly = Atomic(0)

        func number(_ outcome: Outcome) -> Int {
            switch outcome {
            case .valid: valid.load(ordering: .relaxed)
            case .invalid: invalid.load(ordering: .relaxed)
            case .tooCostly: tooCostly.load(ordering: .relaxed)
            }
        }

        func add(_ outcome: Outcome) {
            switch outcome {
            case .valid: valid.wrappingAdd(1, ordering: .relaxed)
            case .invalid: invalid.wrappingAdd(1, ordering: .relaxed)
            case .tooCostly: tooCostly.wrappingAdd(1, ordering: .relaxed)
            }
        }
    }

    private let writing = Counts()
    private let reading = Counts()
    private let logger: Logger
    /// When a path was last in the log.
    private let logged = Mutex<[Key: ContinuousClock.Instant]>([:])

    init(logger: Logger) { self.logger = logger }

    /// The number of checks with an outcome.
    public func count(of outcome: Outcome, _ side: Side) -> Int {
        switch side {
        case .writing: writing.number(outcome)
        case .reading: reading.number(outcome)
        }
    }

    func add(_ outcome: Outcome, _ side: Side) {
        switch side {
        case .writing: writing.add(outcome)
        case .reading: reading.add(outcome)
        }
    }

    /// Logs that an invalid value was stored, each path once a minute.
    func warn(_ message: @autoclosure () -> String, at key: Key) {
        let now = ContinuousClock.now
        let isDue = logged.withLock { logged in
            if let last = logged[key], now - last < .seconds(60) { return false }
            if logged.count >= 1000 { logged.removeAll() }
            logged[key] = now
            return true
        }
        if isDue { logger.warning("\(message())") }
    }
}
