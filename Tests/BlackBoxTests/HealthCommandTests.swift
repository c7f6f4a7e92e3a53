import TestSupport
import Testing

/// `nestkv health`, against the service and against servers that answer what they like.
@Suite(.timeLimit(.minutes(2)))
struct HealthCommandTests {
    struct Answer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var pieces: [String]
        var pause = 0
        var isReady = false
        var says: String
    }

    private static let ready = #"{"status":"ready","stores":[{"driver":"memory"}]}"#
    private static let head = "HTTP/1.1 200 OK\r\n"

    private static let answers = [
        Answer(
            testDescription: "a body of a known length, piece by piece",
            pieces: [
                "HTTP/1.1 20", "0 OK\r\nContent-Le", "ngth: \(ready.utf8.count)\r\n\r", "\n{", "\(ready.dropFirst())",
            ],
            pause: 5, isReady: true, says: "is ready (memory)"),
        Answer(
            testDescription: "what comes after the body is not read",
            pieces: ["\(head)Content-Length: \(ready.utf8.count)\r\n\r\n\(ready)\(ready)"], isReady: true,
            says: "is ready"),
        Answer(
            testDescription: "a body until the connection closes", pieces: ["\(head)\r\n\(ready)"], isReady: true,
            says: "is ready"),
        Answer(
            testDescription: "a body in chunks, with an extension and a trailer",
            pieces: [
                "\(head)transfer-encoding: Chunked\r\n\r\n1;a=b\r\n{\r\n", "A\r\n\(ready.dropFirst().prefix(10))\r",
                "\n\(String(ready.utf8.count - 11, radix: 16))\r\n\(ready.dropFirst(11))\r\n0\r\nA: b\r\n\r\n",
            ], isReady: true, says: "is ready"),
        Answer(
            testDescription: "interim responses are passed over",
            pieces: ["HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\(head)\r\n\(ready)"], isReady: true,
            says: "is ready"),
        Answer(
            testDescription: "lines without a CR", pieces: ["HTTP/1.0 200\nContent-Length: 2\n\n{}"],
            says: "it answered 200"),
        Answer(
            testDescription: "another server's page", pieces: ["\(head)\r\n<html>"], says: "it answered 200"),
        Answer(
            testDescription: "a store that is away",
            pieces: [
                "HTTP/1.1 503 Service Unavailable\r\n\r\n",
                #"{"status":"unavailable","stores":[{"driver":"redis","problem":"no connection"}]}"#,
            ], says: "it answered 503 (no connection)"),
        Answer(testDescription: "no answer at all", pieces: [], says: "closed before the answer was complete"),
        Answer(testDescription: "not HTTP", pieces: ["SSH-2.0-OpenSSH_9.2\r\n"], says: "not HTTP"),
        Answer(testDescription: "an invalid status", pieces: ["HTTP/1.1 +20 OK\r\n\r\n"], says: "not HTTP"),
        Answer(testDescription: "a header line without a name", pieces: ["\(head): x\r\n\r\n"], says: "not HTTP"),
        Answer(
            testDescription: "a body that is cut", pieces: ["\(head)Content-Length: 9\r\n\r\n{}"],
            says: "closed before the answer was complete"),
        Answer(
            testDescription: "a chunk that is cut", pieces: ["\(head)Transfer-Encoding: chunked\r\n\r\n9\r\n{}"],
            says: "closed before the answer was complete"),
        Answer(
            testDescription: "a negative length", pieces: ["\(head)Content-Length: -1\r\n\r\n"], says: "the length '-1'"
        ),
        Answer(
            testDescription: "a huge length", pieces: ["\(head)Content-Length: 99999999999999999999\r\n\r\n"],
            says: "the length '9999"),
        Answer(
            testDescription: "two lengths", pieces: ["\(head)Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"],
            says: "the length"),
        Answer(
            testDescription: "an invalid size of a chunk",
            pieces: ["\(head)Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n"], says: "a chunk of '-1'"),
        Answer(
            testDescription: "a chunk that is longer than its size",
            pieces: ["\(head)Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n"], says: "longer than its size"),
        Answer(
            testDescription: "a coding that was not requested", pieces: ["\(head)Transfer-Encoding: gzip\r\n\r\n"],
            says: "'gzip'"),
        Answer(
            testDescription: "a head without an end",
            pieces: Array(repeating: "A: \(String(repeating: "x", count: 1000))\r\n", count: 100).reduce(into: [head]) {
                $0.append($1)
            },
            says: "too long"),
        Answer(
            testDescription: "a body without an end",
            pieces: ["\(head)\r\n"] + Array(repeating: String(repeating: "x", count: 1000), count: 100),
            says: "more than 65536 bytes"),
        Answer(
            testDescription: "a server that drips", pieces: Array(repeating: "x", count: 1000), pause: 100,
            says: "timeout while waiting for the answer"),
    ]

    @Test(arguments: answers)
    func `each answer of a server is ready or not, and one line says why`(_ answer: Answer) async throws {
        let server = try ScriptedServer(sending: answer.pieces, pause: answer.pause)
        let (status, output, errors) = try await ServiceProcess.run([
            "health", "--server", "http://127.0.0.1:\(server.port)", "--timeout", answer.pause == 100 ? "1s" : "20s",
        ])
        #expect(status == .exit(answer.isReady ? 0 : 1), "\(output)\(errors)")
        let said = answer.isReady ? output : errors
        #expect(said.contains(answer.says), "'\(answer.says)' is not in: \(said)")
        #expect((answer.isReady ? errors : output).isEmpty, "it wrote to the wrong stream: \(output)\(errors)")
        #expect(said.split(separator: "\n").count == 1, "\(said)")
    }

    @Test func `without --server it asks where the environment says the service listens`() async throws {
        try await withService { service in
            let environment = ["NESTKV_HOST": "0.0.0.0", "NESTKV_PORT": "\(service.port)"]
            let (status, output, errors) = try await ServiceProcess.run(["health"], environment: environment)
            #expect(status == .exit(0), "\(errors)")
            #expect(output == "http://127.0.0.1:\(service.port) is ready (memory).\n")
        }
    }

    @Test func `a server that has stopped is not ready`() async throws {
        let service = try await ServiceProcess.start()
        #expect(try await service.stop() == .exit(0))
        let server = "http://127.0.0.1:\(service.port)"
        let (status, _, errors) = try await ServiceProcess.run(["health", "--server", server])
        #expect(status == .exit(1))
        #expect(errors.contains("\(server) is not ready: connection refused"), "\(errors)")
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "http://host:port"), ("https://localhost", "TLS"), ("http://", "host is missing"),
        ("http://:80", "host is missing"), ("http://a:0", "port"), ("http://a:65536", "port"), ("http://a:", "port"),
        ("http://::1:8080", "brackets"), ("http://[::1", "']'"), ("http://u:p@a", "user"), ("http://a?b", "query"),
        ("http://a/\r\nX: y", "percent-encoded"),
    ])
    func `an invalid address of a server is refused, saying why`(_ address: String, _ reason: String) async throws {
        let (status, _, errors) = try await ServiceProcess.run(["health", "--server", address])
        #expect(status == .exit(2), "\(errors)")
        #expect(errors.contains("--server") && errors.contains(reason), "\(errors)")
    }
}
