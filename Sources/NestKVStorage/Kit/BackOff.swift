/// Pauses after consecutive failures: at first up to 20 ms, doubled each time up to ``longest``, with jitter.
public struct BackOff: Sendable {
    /// The longest pause. It is short enough that even a client of a waiting client recovers within a second of the
    /// store.
    public static let longest = Duration.milliseconds(400)

    private var failures = 0

    /// A back-off without failures so far.
    public init() {}

    /// Whether there was no failure so far.
    public var isFirst: Bool { failures == 0 }

    /// Resets the pauses after a success.
    public mutating func reset() { failures = 0 }

    /// Counts a failure and returns the pause after it: between half of the current maximum and the maximum.
    public mutating func next() -> Duration {
        let most = min(Self.longest, .milliseconds(20 << min(failures, 6)))
        failures += 1
        return most * Double.random(in: 0.5...1)
    }

    /// Waits after a failure, or until the task is cancelled.
    public mutating func wait() async {
        try? await Task.sleep(for: next())
    }
}
