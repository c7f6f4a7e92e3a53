/// Reports the progress of a long command on standard error: on a terminal in one line that changes, otherwise in a new
/// line every 10 seconds.
final class Progress {
    private let isQuiet: Bool
    private let isTerminal = StandardStream.error.isTerminal
    private let start = ContinuousClock.now
    private var next: ContinuousClock.Instant

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        next = start + (isTerminal ? .milliseconds(200) : .seconds(10))
    }

    /// The average rate so far: `1200/s`.
    func rate(of count: Int) -> String {
        let seconds = max(start.duration(to: .now) / .seconds(1), 0.001)
        return "\(Int(Double(count) / seconds))/s"
    }

    /// Shows a text, unless the last one was shown very recently.
    func tell(_ text: @autoclosure () -> String) {
        guard !isQuiet, .now >= next else { return }
        next = .now + (isTerminal ? .milliseconds(200) : .seconds(10))
        StandardStream.error.write(
            isTerminal ? "\r\(Table.cut(text(), StandardStream.error.columns))\u{1B}[K" : text() + "\n")
    }

    /// Clears the changing line, so that another message can be written.
    func clear() {
        if !isQuiet, isTerminal { StandardStream.error.write("\r\u{1B}[K") }
    }

    /// Shows the result.
    func end(_ text: String) {
        clear()
        if !isQuiet { StandardStream.error.write(text + "\n") }
    }
}
