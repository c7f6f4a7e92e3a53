import Glibc
import TestSupport
import Testing

/// The service and the commands if their standard streams are not read.
@Suite(.timeLimit(.minutes(5)))
struct StandardStreamTests {
    /// How standard error is lost.
    enum Loss: String, CaseIterable, Sendable {
        case closed = "2>&-"
        case allClosed = "<&- >&- 2>&-"
        case full = ">/dev/full 2>/dev/full"
        /// A pipe that is not read, as with `| sleep 1000`.
        case unread
        /// A pipe whose reader has ended.
        case gone
    }

    // Sent: 400 requests whose log lines are not read. Came back: no answer any more, on any path, and SIGTERM changed
    // nothing. Should come: every answer; the lines are dropped and counted; SIGTERM ends it with 0.
    @Test(arguments: StoreKind.tested, Loss.allCases)
    func `a lost standard error neither kills nor stalls the service`(_ store: StoreKind, _ loss: Loss) async throws {
        let place = try await store.place()
        let pipe = try NamedPipe(in: place.folder, isRead: loss == .gone)
        let streams = loss == .unread || loss == .gone ? "2>'\(pipe.path)'" : loss.rawValue
        let service = try await ServiceProcess.start(redirecting: streams, store: place.address)
        if loss == .gone { pipe.close() }
        let client = service.client()
        // More than the pipe and the lines that may wait.
        let long = "/a/" + String(repeating: "x", count: 7000)
        for _ in 0..<400 { _ = try await client.send("GET", long) }
        #expect(try await client.send("PUT", "/a/b", body: "1").status == 201)
        #expect(try await client.send("GET", "/_health/ready").status == 200)
        #expect(try await Self.dropped(client) > 0)
        if loss == .unread {
            let line = try await pipe.line(with: "log lines were dropped") {
                _ = try? await client.send("GET", "/a/b")
            }
            #expect(line.contains(" warning "), "\(line)")
        }
        #expect(try await service.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    // Sent: SIGTERM while the log is not read. Came back: nothing, until it was killed. Should come: exit code 0.
    @Test func `a pipe that is not read doesn't delay a stop`() async throws {
        let folder = try TemporaryFolder()
        let pipe = try NamedPipe(in: folder, isRead: false)
        pipe.fill()
        let service = try await ServiceProcess.start(redirecting: "2>'\(pipe.path)'")
        _ = try await service.client().send("GET", "/a")
        #expect(try await service.stop() == .exit(0))
    }

    // Sent: nestkv serve on a port in use, with a full pipe for standard error. Should come: exit code 1, not a hang.
    @Test func `a pipe that is not read doesn't delay a failing start`() async throws {
        let folder = try TemporaryFolder()
        let pipe = try NamedPipe(in: folder, isRead: false)
        pipe.fill()
        try await withService { service in
            let ended = try await ServiceProcess.run(
                ["serve", "--store", "memory:", "--port", "\(service.port)"], redirecting: "2>'\(pipe.path)'")
            #expect(ended.status == .exit(1))
        }
    }

    // Sent: nestkv export --output f 2>&-. Came back: f with "nestkv: 3 leaves exported." in it. Should come: f with
    // three lines of JSON.
    @Test(arguments: ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
    func `output for a closed stream is not written into another file`(_ streams: String) async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/all.ndjson"
        try await withService { service in
            let client = service.client()
            for name in ["x", "y", "z"] { _ = try await client.send("PUT", "/a/\(name)", body: "1") }
            let environment = ["NESTKV_SERVER": "http://127.0.0.1:\(service.port)"]
            let (status, _, _) = try await ServiceProcess.run(
                ["export", "--output", file], redirecting: streams, environment: environment)
            #expect(status == .exit(0))
            let lines = String(decoding: try contents(ofFile: file), as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 3 && lines.allSatisfy { $0.hasPrefix("{") }, "\(lines)")
        }
    }

    @Test func `a command whose output can't be written fails, and one whose reader leaves ends as others do`()
        async throws
    {
        try await withService { service in
            let environment = ["NESTKV_SERVER": "http://127.0.0.1:\(service.port)"]
            _ = try await service.client().send("PUT", "/a/b", body: "\"\(String(repeating: "x", count: 200_000))\"")
            for streams in [">&-", ">/dev/full"] {
                let (status, _, errors) = try await ServiceProcess.run(
                    ["get", "/a/b"], redirecting: streams, environment: environment)
                #expect(status == .exit(1) && errors.contains("standard output can't be written"), "\(errors)")
            }
            let folder = try TemporaryFolder()
            let pipe = try NamedPipe(in: folder, isRead: true)
            async let ended = ServiceProcess.run(
                ["watch", "/a/b", "--since", "earliest"], redirecting: ">'\(pipe.path)'", environment: environment)
            try await pipe.waitForFirstByte()
            pipe.close()
            for _ in 0..<3 { _ = try await service.client().send("PUT", "/a/b", body: "1") }
            let (status, _, errors) = try await ended
            #expect(status == .signal(SIGPIPE) && errors.isEmpty, "\(status) \(errors)")
        }
    }

    private static func dropped(_ client: HTTPClient) async throws -> Int {
        let metrics = try await client.send("GET", "/_metrics").text
        let line = metrics.split(separator: "\n").first { $0.hasPrefix("nestkv_log_dropped_total ") }
        guard let line, let count = Int(line.split(separator: " ")[1]) else {
            throw TestFailure("no count: \(metrics)")
        }
        return count
    }
}

/// A pipe with a name, whose other end this process holds without reading.
private final class NamedPipe: Sendable {
    let path: String
    private let end: Int32

    /// - Parameter isRead: only its reading end is held: without it the pipe has no reader.
    init(in folder: TemporaryFolder, isRead: Bool) throws {
        path = "\(folder.path)/stream"
        guard mkfifo(path, 0o600) == 0 else { throw TestFailure("mkfifo: \(errno)") }
        end = open(path, (isRead ? O_RDONLY : O_RDWR) | O_NONBLOCK | O_CLOEXEC)
        guard end >= 0 else { throw TestFailure("open: \(errno)") }
    }

    func close() { Glibc.close(end) }

    /// Writes until nothing more goes in.
    func fill() {
        let bytes = [UInt8](repeating: UInt8(ascii: "\n"), count: 4096)
        while Glibc.write(end, bytes, bytes.count) > 0 {}
    }

    func waitForFirstByte() async throws {
        try await onThread { [end] in
            var polled = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
            guard poll(&polled, 1, 10_000) == 1 else { throw TestFailure("nothing came") }
        }
    }

    /// Reads until a line has a text, for at most 10 seconds; does something after each attempt.
    func line(with text: String, _ again: () async -> Void) async throws -> Substring {
        var read = ""
        for _ in 0..<1000 {
            read += try await onThread { [end] in
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                let count = Glibc.read(end, &buffer, buffer.count)
                return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
            }
            if let line = read.split(separator: "\n").first(where: { $0.contains(text) }) { return line }
            await again()
            usleep(1000)
        }
        throw TestFailure("no line says '\(text)'")
    }
}
