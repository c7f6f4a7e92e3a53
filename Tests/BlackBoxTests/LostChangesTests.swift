import MicroJSON
import TestSupport
import Testing

/// Redis that comes back with less than it confirmed, as clients see it.
@Suite(.serialized, .enabled(if: StoreKind.tested.contains(.redis)), .timeLimit(.minutes(5)))
struct LostChangesTests {
    @Test
    func `an id of changes that Redis lost gives reset, also when both were restarted`() async throws {
        // Changes 1…5 are confirmed as fsynced; Redis comes back with a shorter file, and so does nestkv. Others write
        // 20 changes more. `Last-Event-ID: 5-…` went on behind other changes than the client had seen.
        let server = try await RedisServer.start(RedisServer.synced)
        let first = try await ServiceProcess.start(store: server.address)
        let stream = try await first.following("/ep")
        for number in 1...5 {
            #expect(try await first.client().send("PUT", "/ep/a", body: "\(number)").status < 300)
        }
        _ = try await stream.wait(for: 5)
        let id = stream.lastEventID
        stream.close()
        #expect(try await first.stop() == .exit(0))
        try await server.kill()
        try server.shortenLog(by: 300)
        try await server.start()
        let second = try await ServiceProcess.start(store: server.address)
        for number in 1...20 { _ = try await second.client().send("PUT", "/ep/b", body: "\(number)") }
        let resumed = try await second.following("/ep", lastEventID: id)
        defer { resumed.close() }
        #expect(try await resumed.wait(for: 3).map(\.type) == ["reset", "snapshot", "synced"])
        #expect(try await second.stop() == .exit(0))
    }

    @Test
    func `changes lost under a running service are reported by readiness, streams and the log`() async throws {
        // Redis came back with a shorter file: the service said `ready` and had fewer leaves than it had confirmed.
        let server = try await RedisServer.start(RedisServer.synced)
        let service = try await ServiceProcess.start(store: server.address)
        let client = service.client()
        for number in 1...5 { _ = try await client.send("PUT", "/ep/\(number)", body: "\(number)") }
        #expect(try await client.send("GET", "/ep").text == #"{"1":1,"2":2,"3":3,"4":4,"5":5}"#)
        let stream = try await service.following("/ep")
        defer { stream.close() }
        try await server.kill()
        try server.shortenLog(by: 300)
        try await server.start()
        let line = try await service.logLine(with: "changes were lost")
        #expect(line.contains("fsynced"), "\(line)")
        let events = try await stream.wait(for: 3)
        #expect(events.map(\.type) == ["reset", "snapshot", "synced"])
        // What was kept of the subtree is gone, too.
        let left = try await client.send("GET", "/ep")
        #expect(left.status == 200 && !left.text.contains("5"), "\(left.text)")
        #expect(events[1].part("/value")?.text.description == left.text)
        let health = try await client.send("GET", "/_health/ready")
        #expect(health.status == 503)
        #expect(try health.part("/status") == .string("damaged"))
        #expect(try health.part("/stores/0/canWrite") == .bool(true))
        #expect(try await client.send("PUT", "/ep/6", body: "6").status == 201)
        #expect(try await service.stop() == .exit(0))
    }
}
