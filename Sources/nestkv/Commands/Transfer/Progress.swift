/// Tells on standard error how far a long command is: on a terminal in one line that changes, elsewhere now and then in
/// a line of its own.
final class Progress {
    private let isQuiet: Bool
    private let isTerminal = StandardStream.error.isTerminal
    private let start = ContinuousClock.now
    private var next: ContinuousClock.Instant

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        next = start + (isTerminal ? .milliseconds(200) : .seconds(10))
    }

    /// How many a second there were so far.
    func rate(of count: Int) -> String {
        let seconds = max(start.duration(to: .now) / .seconds(1), 0.001)
        return "\(Int(Double(count) / seconds))/s"
    }

    /// Tells something, unless the last time was just now.
    func tell(_ text: @autoclosure () -> String) {
        guard !isQuiet, .now >= next else { return }
        next = .now + (isTerminal ? .milliseconds(200) : .seconds(10))
        StandardStream.error.write(
            isTerminal ? "\r\(Table.cut(text(), StandardStream.error.columns))\u{1B}[K" : text() + "\n")
    }

    /// Takes the changing line away, so that something else can be told.
    func clear() {
        if !isQuiet, isTerminal { StandardStream.error.write("\r\u{1B}[K") }
    }

    /// Tells how it ended.
    func end(_ text: String) {
        clear()
        if !isQuiet { StandardStream.error.write(text + "\n") }
    }
}
