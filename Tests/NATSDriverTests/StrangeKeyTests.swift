import Logging
import MicroJSON
import NATSDriver
import NestKVStorage
import Synchronization
import TestSupport
import Testing

@Suite("Beside keys that no path can name, the NATS driver", .timeLimit(.minutes(1)), .natsServers, .serialized)
struct StrangeKeyTests {
    // Sent: a KV client's put of '=2E=2E', then GET /strange. Came back: {"..":1}, which no request can read or delete.
    // Should: neither listed nor composed nor streamed, and one line in the log.
    @Test(arguments: NATSServer.Version.allCases)
    func `ignores them, and counts them in the log`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        let log = Recorder()
        var options = DriverOptions.testing()
        options.keys = KeyLimits(segments: 4, bytes: 64, entryPoints: nil)
        options.logger = Logger(label: "test") { _ in log }
        let driver = try await DriverFactory.nats.open(StoreURL(server.address), options)
        try await driver.write("strange/fine/x") { _ in "1" }
        let strange = [
            "=2E=2E", "a.=2E", "fine.=0A", "=7F", "=C2=80", "=FF", "=2", "=2e", "=41", "a.b.c.d",
            String(repeating: "x", count: 60),
        ]
        for (index, name) in strange.enumerated() {
            if index == strange.count / 2 { _ = try await driver.value("strange/fine/x") }
            try await server.put("strange", name, "2")
        }
        try await driver.write("strange/fine/y") { _ in "3" }
        let all = [key("strange/fine/x"), key("strange/fine/y")]
        #expect(try await driver.node(key("strange"), .everything).below.map(\.key) == all)
        #expect(try await driver.names(below: key("strange"), after: nil, limit: 99) == [Array("fine".utf8)])
        #expect(try await driver.scan(key("strange"), after: nil, limit: 99).records.map(\.key) == all)
        #expect(try await driver.allChanges("strange").map(\.record.key) == all)
        try await eventually("a line") { !log.lines.isEmpty }
        try await Task.sleep(for: .milliseconds(600))
        #expect(log.lines.count == 1, "\(log.lines)")
        #expect(log.lines.first?.contains("count=\(strange.count)") == true, "\(log.lines)")
        // They still exist.
        #expect(try await KVClient(address: server.address, bucket: "strange").get("=2E=2E") == "2")
        await driver.shutdown()
    }

    @Test func `doesn't list buckets that no path can name`() async throws {
        let server = try NATSServers.server(.newest)
        for name in ["_x2E_x2E", "_x0A", String(repeating: "b", count: 80), "ordinary"] {
            try await server.makeBucketAsPython(name)
            try await server.put(name, "a", "1")
        }
        var options = DriverOptions.testing()
        options.keys = KeyLimits(segments: 4, bytes: 64, entryPoints: nil)
        let driver = try await DriverFactory.nats.open(StoreURL(server.address), options)
        let names = try await driver.names(below: .root, after: nil, limit: 99)
        #expect(names.contains(Array("ordinary".utf8)))
        #expect(names.allSatisfy { options.keys.permits(Key([$0])) }, "\(names)")
        await driver.shutdown()
    }
}

/// Keeps the logged warnings.
private final class Recorder: LogHandler, @unchecked Sendable {
    // `@unchecked Sendable`: everything that changes is behind the lock.
    private let kept = Lines()
    var logLevel: Logger.Level {
        get { .warning }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var lines: [String] { kept.lines }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let words = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
        kept.add("\(event.message) \(words)")
    }
}

private final class Lines: Sendable {
    private let state = Mutex<[String]>([])
    var lines: [String] { state.withLock { $0 } }
    func add(_ line: String) { state.withLock { $0.append(line) } }
}
