import Logging
import MicroJSON
import MicroText
import NestKVStorage

/// The format of log lines.
enum LogFormat: String, CaseIterable, Sendable {
    /// `2026-01-02T03:04:05.678Z info request method=GET path=/ep1 …`
    case text
    /// One JSON object a line.
    case json
}

/// One log line while it is written. Every line of the log is made by this type, so that there is one way to escape.
///
/// The caller adds the fields in the order of their names.
struct LogLine: ~Copyable {
    private let format: LogFormat
    private var line = LineBuffer(capacity: 512)

    init(_ format: LogFormat, _ level: Logger.Level, _ message: String, at time: Timestamp = .now) {
        self.format = format
        if format == .json { line.append("{\"time\":\"") }
        line.append(count: Timestamp.rfc3339Length) { time.writeRFC3339(to: $0) }
        switch format {
        case .text:
            line.append(" ")
            line.append(text: level.rawValue)
            line.append(" ")
            oneLine(message)
        case .json:
            line.append("\",\"level\":\"")
            line.append(text: level.rawValue)
            line.append("\",\"message\":")
            string(message)
        }
    }

    /// Adds a field with a whole number.
    @inline(__always)
    mutating func field(_ name: StaticString, _ value: Int) {
        begin(name)
        line.append(number: value)
    }

    /// Adds a field with a text.
    @inline(__always)
    mutating func field(_ name: StaticString, _ value: String) {
        begin(name)
        string(value)
    }

    /// Adds a field with a text in UTF-8. Each part that is not valid becomes U+FFFD.
    @inline(__always)
    mutating func field(_ name: StaticString, utf8 value: UnsafeBufferPointer<UInt8>) {
        begin(name)
        string(value)
    }

    /// Adds a field with a text.
    mutating func field(named name: String, _ value: String) {
        begin(named: name)
        string(value)
    }

    /// Adds a field of swift-log: a whole number as a number, and any other value as a text.
    mutating func field(named name: String, _ value: Logger.MetadataValue) {
        guard case .stringConvertible(let number as any FixedWidthInteger) = value else {
            return field(named: name, value.description)
        }
        begin(named: name)
        line.append(text: number.description)
    }

    /// Ends the line, and calls `body` with its bytes.
    consuming func end(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        line.append(format == .json ? "}\n" : "\n")
        body(line.bytes)
    }

    @inline(__always)
    private mutating func begin(_ name: StaticString) {
        let count = name.utf8CodeUnitCount
        switch format {
        case .text:
            line.append(count: count + 2) { text in
                text[0] = UInt8(ascii: " ")
                text.write(name, at: 1)
                text[count + 1] = UInt8(ascii: "=")
            }
        case .json:
            line.append(count: count + 4) { text in
                text.write(",\"", at: 0)
                text.write(name, at: 2)
                text.write("\":", at: count + 2)
            }
        }
    }

    private mutating func begin(named name: String) {
        guard format == .json else {
            line.append(" ")
            line.append(text: name)
            return line.append("=")
        }
        line.append(",")
        string(name)
        line.append(":")
    }

    private mutating func string(_ value: String) {
        var value = value
        value.withUTF8 { string($0) }
    }

    private mutating func string(_ utf8: UnsafeBufferPointer<UInt8>) {
        guard Self.isPlain(utf8) else { return string(escaping: String(decoding: utf8, as: UTF8.self)) }
        if format == .json { line.append("\"") }
        line.append(utf8)
        if format == .json { line.append("\"") }
    }

    /// Whether a text is the same in both formats, but for the quotes in JSON.
    private static func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < utf8.count {
            let byte = utf8[index]
            guard byte &- 0x21 < 0x5E, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { return false }
            index += 1
        }
        return index > 0
    }

    private mutating func string(escaping value: String) {
        let needsQuotes = value.isEmpty || value.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "\"") }
        guard format == .json || needsQuotes else { return line.append(text: value) }
        JSONText.string(value).utf8.withUnsafeBufferPointer { line.append($0) }
    }

    /// Writes a message without control characters: one that a client chose must not start another line.
    private mutating func oneLine(_ message: String) {
        var message = message
        message.withUTF8 { utf8 in
            guard utf8.contains(where: { $0 < 0x20 }) else { return line.append(utf8) }
            line.append(
                text: String(
                    String(decoding: utf8, as: UTF8.self)
                        .map { $0.isNewline || $0.asciiValue.map { $0 < 0x20 } ?? false ? " " : $0 }))
        }
    }
}
