import Logging
import Synchronization

/// Counts other programs' keys that no path can name. They are left alone, and logged with one line for all that are
/// found within a while.
final class PathlessSubjects: Sendable {
    private static let countMax = 100_000
    /// How long to collect keys before the first log line, and before each further one.
    private static let pauses = (first: Duration.milliseconds(500), further: Duration.seconds(60))

    private struct State {
        var hashes: Set<Int> = []
        var isLogDue = false
        var wasLogged = false
        var latest = ""
    }

    private let bucket: String
    private let logger: Logger
    private let state = Mutex(State())

    /// No key was found yet.
    init(bucket: String, logger: Logger) {
        self.bucket = bucket
        self.logger = logger
    }

    /// Counts a subject that no path can name.
    func note(_ subject: String) {
        let pause = state.withLock { state -> Duration? in
            guard state.hashes.count < Self.countMax, state.hashes.insert(subject.hashValue).inserted else {
                return nil
            }
            state.latest = subject
            guard !state.isLogDue else { return nil }
            state.isLogDue = true
            return state.wasLogged ? Self.pauses.further : Self.pauses.first
        }
        guard let pause else { return }
        Task.detached {
            try? await Task.sleep(for: pause)
            self.log()
        }
    }

    private func log() {
        let (count, latest) = state.withLock { state in
            state.isLogDue = false
            state.wasLogged = true
            return (state.hashes.count, state.latest)
        }
        let shown = latest.unicodeScalars.prefix(200).map { $0.escaped(asASCII: true) }.joined()
        logger.warning(
            "keys of other programs are ignored, because no path can name them",
            metadata: ["bucket": "\(bucket)", "count": "\(count)", "one": "\(shown)"])
    }
}
