import MicroJSON
import NATSDriver
import NestKVStorage
import TestSupport
import Testing

/// Walks by pages. NATS has no order of keys, so a walk lists them once.
@Suite("A walk over a NATS store", .timeLimit(.minutes(3)), .serialized)
struct WalkTests {
    private static let leaves = 1500
    private static let text = "\"" + String(repeating: "x", count: 1000) + "\""

    private static func name(_ index: Int) -> String { "k\(10_000 + index)" }

    /// Runs a body with a driver whose server counts what it sends, and with the leaves stored.
    private func withLeaves(
        _ version: NATSServer.Version, _ body: (any Driver, NATSServer, () async throws -> Int) async throws -> Void
    ) async throws {
        let port = try freePort()
        let server = try await NATSServer.start(version, "http: \"127.0.0.1:\(port)\"")
        let monitor = HTTPClient(port: port)
        let sent = {
            // The connection to which the server has sent most is the driver's.
            let reply = try await monitor.send("GET", "/connz?limit=1&sort=bytes_to")
            return try #require(reply.part("/connections/0/out_bytes").flatMap { Int($0.text.description) })
        }
        try await withNATS(server) { driver in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for first in 0..<16 {
                    group.addTask {
                        for index in stride(from: first, to: Self.leaves, by: 16) {
                            try await driver.write("walk/all/\(Self.name(index))") { _ in Self.text }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await body(driver, server, sent)
        }
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `reads for a page what is on the page`(_ version: NATSServer.Version) async throws {
        try await withLeaves(version) { driver, _, sent in
            var page = try await driver.scan(key("walk/all"), after: nil, limit: 10)
            page = try await driver.scan(key("walk/all"), after: page.records.last?.key, limit: 10)
            let before = try await sent()
            for _ in 0..<20 {
                page = try await driver.scan(key("walk/all"), after: page.records.last?.key, limit: 10)
                #expect(page.records.count == 10 && page.hasMore)
            }
            // A page is 11 values of 1 kB with their headers. All leaves are 1.5 MB.
            let bytes = try await sent() - before
            #expect(bytes < 20 * 11 * 2500, "20 pages of 10 leaves took \(bytes) bytes")
            #expect(page.records.map { "\($0.key)" } == (210..<220).map { "/walk/all/\(Self.name($0))" })
        }
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `sees what is written and deleted meanwhile, also by other programs`(_ version: NATSServer.Version)
        async throws
    {
        try await withLeaves(version) { driver, server, _ in
            var found: [String] = []
            var page = try await driver.scan(key("walk"), after: nil, limit: 100)
            found += page.records.map { "\($0.key)" }
            try await server.put("walk", "all.\(Self.name(700))a", "1")
            try await server.put("walk", "all.\(Self.name(701))", "not JSON")
            try await driver.write("walk/all/\(Self.name(702))b") { _ in "2" }
            try await driver.write("walk/all/\(Self.name(703))") { _ in nil }
            try await server.put("walk", "zz", "3")
            while page.hasMore {
                page = try await driver.scan(key("walk"), after: page.records.last?.key, limit: 100)
                found += page.records.map { "\($0.key)" }
            }
            var expected = (0..<Self.leaves).map(Self.name)
            expected.removeAll { $0 == Self.name(701) || $0 == Self.name(703) }
            expected += ["\(Self.name(700))a", "\(Self.name(702))b"]
            #expect(found == expected.sorted().map { "/walk/all/\($0)" } + ["/walk/zz"])
            // More changes than are asked for at once: the keys are listed again.
            for index in 0..<100 { try await server.put("walk", "more.\(Self.name(index))", "1") }
            let more = try await driver.scan(key("walk/more"), after: key("walk/more/\(Self.name(9))"), limit: 200)
            #expect(more.records.count == 90 && !more.hasMore)
        }
    }
}
