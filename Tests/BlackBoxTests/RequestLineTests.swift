import Glibc
import TestSupport
import Testing

/// The log lines of requests, as a reader of standard error sees them.
@Suite(.timeLimit(.minutes(3)))
struct RequestLineTests {
    @Test(arguments: [
        ("text", #"path="/a/\"b\\" request="i\"\\" status=404"#, "path=/a/é\u{FFFD} request=ii status=400"),
        (
            "json", #""path":"/a/\"b\\","request":"i\"\\","status":404"#,
            "\"path\":\"/a/é\u{FFFD}\",\"request\":\"ii\",\"status\":400"
        ),
    ])
    func `a path and an id that need escapes`(_ format: String, _ quotes: String, _ bytes: String) async throws {
        try await withService(.memory, ["--log-format", format]) { service in
            let port = service.port
            try await onThread {
                let connection = try Connection(port: port)
                let end = " HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: "
                try connection.send(Array("GET /a/\"b\\\(end)i\"\\\r\n\r\n".utf8))
                _ = try connection.readReply()
                try connection.send(Array("GET /a/é".utf8) + [0xFF] + Array("\(end)ii\r\n\r\n".utf8))
                _ = try connection.readReply()
            }
            _ = try await service.logLine(with: quotes)
            _ = try await service.logLine(with: bytes)
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a stop writes the lines of all requests before it`(_ signal: Int32) async throws {
        let service = try await ServiceProcess.start()
        let port = service.port
        try await onThread {
            let connection = try Connection(port: port)
            for number in 0..<500 {
                let id = "X-Request-Id: n\(number)."
                try connection.send(Array("GET /a HTTP/1.1\r\nHost: localhost\r\n\(id)\r\n\r\n".utf8))
                _ = try connection.readReply()
            }
        }
        #expect(try await service.stop(signal) == .exit(0))
        let lines = service.log.split(separator: "\n")
        let ids = lines.compactMap { $0.firstMatch(of: #/ request=n(\d+)\. /#)?.1 }
        #expect(ids.compactMap { Int($0) } == Array(0..<500))
        #expect(lines.last?.hasSuffix("nestkv has stopped") == true)
    }
}
