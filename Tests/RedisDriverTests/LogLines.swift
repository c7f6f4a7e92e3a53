import Logging
import Synchronization

/// Collects log lines.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    /// All lines.
    var all: [String] { lines.withLock { $0 } }

    /// The number of lines that contain a text.
    func count(_ text: String) -> Int { all.count { $0.contains(text) } }

    /// A logger that writes into this object.
    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var logLevel = Logger.Level.info
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).map { "\($0)=\($1)" }
            lines.lines.withLock { $0.append(([event.message.description] + pairs).joined(separator: " ")) }
        }
    }
}
