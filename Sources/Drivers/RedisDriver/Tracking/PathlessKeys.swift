import Synchronization

/// Counts other programs' keys that no path can name. They are left alone, and their number is logged.
final class PathlessKeys: Sendable {
    /// The content of a log line.
    struct Report: Sendable {
        /// The number of keys seen so far. Beyond ``countMax`` they aren't counted.
        let count: Int
        /// The latest key, or its beginning.
        let example: String
    }

    private struct State {
        var seen: Set<Int> = []
        var example: [UInt8] = []
        var reported = 0
        var noticedAt = ContinuousClock.now
        var reportedAt: ContinuousClock.Instant?
    }

    /// The most keys that are counted.
    static let countMax = 100_000
    private let state = Mutex(State())

    /// Counts a key.
    func note(_ name: some Collection<UInt8>) {
        var hasher = Hasher()
        for byte in name { hasher.combine(byte) }
        let hash = hasher.finalize()
        state.withLock { state in
            guard state.seen.count < Self.countMax, state.seen.insert(hash).inserted else { return }
            state.example = Array(name.prefix(100))
            state.noticedAt = .now
        }
    }

    /// What to log: if there are new keys, no more came within a second, and the last report is some time ago.
    func report() -> Report? {
        state.withLock { state in
            let now = ContinuousClock.now
            guard state.seen.count > state.reported, now - state.noticedAt >= .seconds(1),
                state.reportedAt.map({ now - $0 >= .seconds(10) }) ?? true
            else { return nil }
            (state.reported, state.reportedAt) = (state.seen.count, now)
            return Report(
                count: state.seen.count, example: String(decoding: state.example, as: UTF8.self))
        }
    }
}
