import Logging

/// A handler for swift-log that formats lines and writes them to a sink.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let sink: LogSink

    init(level: Logger.Level, sink: LogSink) {
        self.sink = sink
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let added = event.metadata { fields.merge(added) { $1 } }
        var line = LogLine(sink.format, event.level, event.message.description)
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { line.field(named: name, value) }
        // At info and below there is a line for each request or operation; these may be collected.
        sink.write(line, isUrgent: event.level > .info)
    }
}
