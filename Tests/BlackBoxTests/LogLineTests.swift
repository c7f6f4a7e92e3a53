import Logging
import MicroJSON
import Synchronization
import Testing

@testable import MicroHTTP
@testable import nestkv

/// The line of a request, which is written without swift-log, beside the line that swift-log gives.
@Suite struct LogLineTests {
    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private static func exchange(
        _ path: [UInt8], method: String = "GET", fields: [(String, String)] = [], status: Int = 200,
        log: [(name: String, value: String)] = [], ending: Exchange.Ending = .completed, rejection: Rejection? = nil
    ) -> Exchange {
        let head = RequestHead()
        path.withUnsafeBufferPointer { head.setTarget($0) }
        for (name, value) in fields {
            let start = Int32(head.section.bytes.count)
            Array("\(name)\(value)".utf8).withUnsafeBufferPointer { head.section.copy($0) }
            let middle = start + Int32(name.utf8.count)
            head.section.add(.init(name: start..<middle, value: middle..<Int32(head.section.bytes.count)))
        }
        return Exchange(
            method: method, head: head, status: status, durationNanoseconds: 12_345_678, requestBodyBytes: 1,
            responseBodyBytes: 345, logFields: log, remoteAddress: "127.0.0.1:1", ending: ending, rejection: rejection)
    }

    private static let exchanges = [
        exchange(Array("/a/b%20c?d".utf8)),
        exchange(Array("/a".utf8), method: "PUT", status: 201, log: [("transaction", "tx-9f3a51c2-17")]),
        exchange(Array("/a\"b\\c".utf8), fields: [("X-Request-Id", "id\"\\2")]),
        exchange(Array("/é€😀".utf8)),
        exchange(Array("/a\u{7F}\u{1}\n\r\t\u{8} ".utf8)),
        exchange([0x2F, 0xFF, 0x61, 0xC3, 0x28, 0xE2, 0x82]),
        exchange([], method: "", status: 408, ending: .timedOut, rejection: .requestTimeout),
        exchange(Array("/a".utf8), method: "ODD\"|é", fields: [("traceparent", trace)], ending: .aborted),
        exchange(Array(("/" + String(repeating: "long", count: 2000)).utf8), fields: [("x-request-id", "a")]),
    ]

    @Test(arguments: LogFormat.allCases, exchanges)
    func `it says the same as a line by swift-log`(_ format: LogFormat, _ exchange: Exchange) throws {
        var metadata: Logger.Metadata = [
            "method": .string(exchange.method), "path": .string(exchange.path),
            "status": .stringConvertible(exchange.status),
            "microseconds": .stringConvertible(exchange.durationNanoseconds / 1000),
            "bytes": .stringConvertible(exchange.responseBodyBytes), "request": .string(exchange.requestID),
        ]
        for field in exchange.logFields { metadata[field.name] = .string(field.value) }
        if let traceparent = exchange.traceparent { metadata["traceparent"] = .string(traceparent) }
        if exchange.ending != .completed { metadata["ending"] = .string(exchange.ending.rawValue) }
        if let rejection = exchange.rejection { metadata["rejection"] = .string(rejection.code) }
        let output = CollectedOutput()
        let sink = LogSink(format, output: output.write)
        Logger(label: "test") { _ in LineLogHandler(level: .info, sink: sink) }.info("request", metadata: metadata)
        sink.flush(milliseconds: 60_000)
        let line = Self.bytes(AccessLog.line(exchange, format))
        #expect(Self.timeless(line, format) == Self.timeless(output.bytes, format))
        #expect(line.count { $0 == UInt8(ascii: "\n") } == 1 && line.last == UInt8(ascii: "\n"))
    }

    @Test func `what a client chose is escaped`() {
        let id = [("X-Request-Id", #"i"\"#)]
        let quoted = Self.exchange(Array(#"/a"b\"#.utf8), fields: id)
        #expect(
            Self.text(of: quoted, .text)
                == #" info request bytes=345 method=GET microseconds=12345 path="/a\"b\\" request="i\"\\" status=200"#)
        #expect(
            Self.text(of: quoted, .json)
                == #"","level":"info","message":"request","bytes":345,"method":"GET","microseconds":12345,"#
                + #""path":"/a\"b\\","request":"i\"\\","status":200}"#)
        let invalid = Self.exchange([0x2F, 0xFF, 0x0A, 0x22], fields: [("X-Request-Id", "i")])
        #expect(
            Self.text(of: invalid, .text)
                == " info request bytes=345 method=GET microseconds=12345 "
                + "path=\"/\u{FFFD}\\n\\\"\" request=i status=200")
    }

    @Test func `a message that a client chose starts no other line`() {
        #expect(Self.timeless(Self.bytes(LogLine(.text, .warning, "a\nb\r\nc")), .text) == " warning a b c")
        #expect(
            Self.timeless(Self.bytes(LogLine(.json, .warning, "a\nb")), .json)
                == #"","level":"warning","message":"a\nb"}"#)
    }

    private static func text(of exchange: Exchange, _ format: LogFormat) -> String {
        timeless(bytes(AccessLog.line(exchange, format)), format)
    }

    private static func bytes(_ line: consuming LogLine) -> [UInt8] {
        var bytes: [UInt8] = []
        line.end { bytes += $0 }
        return bytes
    }

    /// A line without its time and its line end. In JSON the text begins with the quote after the time.
    private static func timeless(_ line: [UInt8], _ format: LogFormat) -> String {
        String(decoding: line.dropFirst((format == .json ? 9 : 0) + 24).dropLast(), as: UTF8.self)
    }
}

/// Keeps what a sink writes.
final class CollectedOutput: Sendable {
    private let collected = Mutex<[UInt8]>([])

    var bytes: [UInt8] { collected.withLock { $0 } }
    var lines: [Substring] { String(decoding: bytes, as: UTF8.self).split(separator: "\n") }

    @Sendable func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        collected.withLock { $0 += bytes }
        return bytes.count
    }
}
