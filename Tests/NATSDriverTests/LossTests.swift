import FoundationEssentials
import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("If a server lost acknowledged messages, the NATS driver", .timeLimit(.minutes(1)), .serialized)
struct LossTests {
    // Done: a server's folder was put back to an older state while nestkv ran, and other programs wrote more. Sent: a
    // resume from before. Came back: the events after its number, of another history. Should: another feed.
    @Test(arguments: NATSServer.Version.allCases, [false, true])
    func `gives the feed another name`(_ version: NATSServer.Version, _ isRewritten: Bool) async throws {
        let feed = Feed(entryPoint: Array("cut".utf8))
        let server = try await NATSServer.start(version)
        let (live, backup) = ("\(server.folder.path)/nats", "\(server.folder.path)/backup")
        try await withNATS(server) { driver in
            for index in 0..<5 { try await driver.write("cut/\(index)") { _ in "1" } }
        }
        try await server.stop()
        try FileManager.default.copyItem(atPath: live, toPath: backup)
        try await server.start()
        let driver = try await open(server.address)
        for index in 0..<5 { try await driver.write("cut/\(index)") { _ in "2" } }
        let before = try await driver.changes(in: feed, after: 5, limit: 10)
        #expect(before.changes.count == 5)
        #expect(try await driver.value("cut/4") == "2")
        try await server.stop()

        try FileManager.default.removeItem(atPath: live)
        try FileManager.default.copyItem(atPath: backup, toPath: live)
        if isRewritten {
            let other = try await NATSServer.start(version, in: server.folder)
            for index in 0..<9 { try await other.put("cut", "other\(index)", "3") }
            try await other.stop()
        }
        try await server.start()
        try await eventually("another name") {
            guard let page = try? await driver.changes(in: feed, after: .max, limit: 1) else { return false }
            return page.identity != before.identity && page.current == (isRewritten ? 14 : 5)
        }
        #expect(try await driver.value("cut/4") == "1")
        let now = try await driver.changes(in: feed, after: .max, limit: 1).identity
        if version == .newest {
            // Every process gets the same name, also later.
            let again = try await open(server.address)
            #expect(try await again.changes(in: feed, after: .max, limit: 1).identity == now)
            await again.shutdown()
        }
        await driver.shutdown()
        try await server.stop()
    }
}
