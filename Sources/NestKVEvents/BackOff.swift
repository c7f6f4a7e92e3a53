/// Waits longer after each failure in a row: 20 ms to 1 s, with jitter.
public struct BackOff: Sendable {
    private var failures = 0

    /// No failure yet.
    public init() {}

    /// Whether there was no failure before this one.
    public var isFirst: Bool { failures == 0 }

    /// It works again.
    public mutating func reset() { failures = 0 }

    /// Waits after a failure, or until the task is cancelled.
    public mutating func wait() async {
        let most = min(1000, 20 << min(failures, 6))
        failures += 1
        try? await Task.sleep(for: .milliseconds(Int.random(in: most / 2...most)))
    }
}
