/// The attempts of a read. It is repeated if other programs change a value after it was read and before it is adopted.
struct Attempts {
    /// So many are made at least, however long they take.
    private static let least = 8
    private let time: Duration
    private var count = 0
    private var end: ContinuousClock.Instant?

    /// - Parameter time: the time after which no attempt is begun.
    init(within time: Duration) { self.time = time }

    /// Whether to make another attempt.
    mutating func next() -> Bool {
        count += 1
        // Almost every read is done with the first, so the clock is read for the second.
        guard count > 1 else { return true }
        let end = end ?? .now + time
        self.end = end
        return count <= Self.least || .now < end
    }
}
