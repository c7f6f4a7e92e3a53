import Logging
import MicroJSON
import NestKVStorage
import Synchronization

/// The format of log lines.
enum LogFormat: String, CaseIterable, Sendable {
    /// `2026-01-02T03:04:05.678Z info request method=GET path=/ep1 …`
    case text
    /// One JSON object a line.
    case json
}

/// A handler for swift-log that formats lines and writes them to a sink.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat
    private let sink: LogSink

    init(label: String, level: Logger.Level, format: LogFormat, sink: LogSink) {
        self.label = label
        self.format = format
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
        let sorted = fields.sorted { $0.key < $1.key }
        sink.write(format.line(event.level, event.message.description, sorted))
    }
}

extension LogFormat {
    typealias Fields = [(key: String, value: Logger.MetadataValue)]

    /// A line, its line end included.
    func line(_ level: Logger.Level, _ message: String, _ fields: Fields = []) -> [UInt8] {
        switch self {
        case .text: textLine(level, message, fields)
        case .json: jsonLine(level, message, fields)
        }
    }

    private func textLine(_ level: Logger.Level, _ message: String, _ fields: Fields) -> [UInt8] {
        var line = "\(Timestamp.now.rfc3339) \(level.rawValue) \(Self.oneLine(message))"
        for (key, value) in fields {
            let text = value.description
            line += " \(key)="
            line += text.isEmpty || text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x22 }) ? Self.quoted(text) : text
        }
        line += "\n"
        return Array(line.utf8)
    }

    private func jsonLine(_ level: Logger.Level, _ message: String, _ fields: Fields) -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.member("time", Timestamp.now)
        writer.member("level", level.rawValue)
        writer.member("message", message)
        for (key, value) in fields {
            writer.name(utf8: key.utf8)
            Self.write(value, to: &writer)
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Writes a whole number as a number, and anything else as a string.
    private static func write(_ value: Logger.MetadataValue, to writer: inout JSONWriter) {
        if case .stringConvertible(let value) = value, let number = value as? any FixedWidthInteger {
            writer.integer(number)
        } else {
            writer.string(value.description)
        }
    }

    /// A message without control characters: one that a client chose must not start another line.
    private static func oneLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
        return String(text.map { $0.isNewline || $0.asciiValue.map { $0 < 0x20 } ?? false ? " " : $0 })
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONText.string(text).utf8, as: UTF8.self)
    }
}
