import Logging

/// The log of a command that opens a store itself: text on standard error.
struct CommandLog {
    let logger: Logger
    private let sink: LogSink

    /// - Parameter level: the least severe lines that are written.
    init(_ level: Logger.Level) {
        let sink = LogSink {
            LogFormat.text.line(.warning, "\($0) log lines were dropped, because standard error was not read")
        }
        self.sink = sink
        logger = Logger(label: "nestkv") { LineLogHandler(label: $0, level: level, format: .text, sink: sink) }
    }

    /// Waits until the lines are written, for half a second at most: standard error may not be read.
    func flush() { sink.flush(milliseconds: 500) }
}
