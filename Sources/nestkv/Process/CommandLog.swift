import Logging

/// The log of a command that opens a store itself: text on standard error.
struct CommandLog {
    let logger: Logger
    private let sink = LogSink(.text)

    /// - Parameter level: the least severe lines that are written.
    init(_ level: Logger.Level) {
        logger = Logger(label: "nestkv") { [sink] _ in LineLogHandler(level: level, sink: sink) }
    }

    /// Waits until the lines are written, for half a second at most: standard error may not be read.
    func flush() { sink.flush(milliseconds: 500) }
}
