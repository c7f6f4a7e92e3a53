import Logging

/// The log of a command that opens a store by itself: text on standard error.
struct CommandLog {
    let logger: Logger
    private let sink: LogSink

    /// - Parameter level: the least severe lines that are written.
    init(_ level: Logger.Level) {
        let sink = LogSink { LogFormat.text.line(.warning, "\($0) log lines could not be written") }
        self.sink = sink
        logger = Logger(label: "nestkv") { LineLogHandler(label: $0, level: level, format: .text, sink: sink) }
    }

    /// Waits until the lines are written, half a second at most: standard error may have no reader.
    func flush() { sink.flush(milliseconds: 500) }
}
