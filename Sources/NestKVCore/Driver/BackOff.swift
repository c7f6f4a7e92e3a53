/// Pauses after failures in a row: 20 ms at most, doubled each time up to ``longest``, with jitter.
public struct BackOff: Sendable {
    /// The longest pause. Whoever waits for a store behind one who waits for its connection is back within a second of
    /// it.
    public static let longest = Duration.milliseconds(400)

    private var failures = 0

    /// No failure yet.
    public init() {}

    /// Whether there was no failure before this one.
    public var isFirst: Bool { failures == 0 }

    /// It works again.
    public mutating func reset() { failures = 0 }

    /// How long to wait after a failure: from half of the most that it may be on.
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
