import Glibc
import TestSupport
import Testing

/// How long a stop takes.
@Suite(.timeLimit(.minutes(3)))
struct StoppingTests {
    // Sent: SIGTERM beside a client that doesn't read its answer. Came back: the end, after 11 s, when Docker kills
    // after 10. Should: exit code 0 before.
    @Test(arguments: StoreKind.tested)
    func `a client that doesn't read delays a stop by less than ten seconds`(_ store: StoreKind) async throws {
        let place = try await store.place()
        let service = try await ServiceProcess.start(store: place.address)
        let connection = try await Self.unread(service)
        let start = ContinuousClock.now
        #expect(try await service.stop() == .exit(0))
        #expect(ContinuousClock.now - start < .seconds(10))
        withExtendedLifetime((place, connection)) {}
    }

    // Sent: SIGINT twice. Came back: nothing more than for one. Should: the end, without waiting for --drain-timeout.
    @Test(arguments: [(SIGINT, SIGINT), (SIGTERM, SIGINT), (SIGINT, SIGTERM)])
    func `a second signal ends the waiting`(_ first: Int32, _ second: Int32) async throws {
        let place = try await StoreKind.rocksdb.place()
        let service = try await ServiceProcess.start(store: place.address, ["--drain-timeout", "100s"])
        let connection = try await Self.unread(service)
        service.signal(first)
        _ = try await onThread { [port = service.port] in while (try? Connection(port: port)) != nil { usleep(2000) } }
        usleep(100_000)
        #expect(service.isRunning)
        #expect(try await service.stop(second) == .exit(0))
        #expect(service.log.contains("a second signal to stop") && service.log.contains("nestkv has stopped"))
        withExtendedLifetime((place, connection)) {}
    }

    @Test(arguments: StoreKind.sharing)
    func `a store that hangs doesn't delay a stop`(_ store: StoreKind) async throws {
        let place = try await store.place()
        let service = try await ServiceProcess.start(store: place.address)
        _ = try await service.client().send("PUT", "/a/b", body: "1")
        place.server?.signal(SIGSTOP)
        let client = service.client()
        async let unanswered = try? client.send("PUT", "/a/c", body: "1")
        usleep(200_000)
        let start = ContinuousClock.now
        #expect(try await service.stop() == .exit(0))
        #expect(ContinuousClock.now - start < .seconds(10))
        _ = await unanswered
        place.server?.signal(SIGCONT)
    }

    /// A connection with an answer that is not read.
    private static func unread(_ service: ServiceProcess) async throws -> Held {
        let client = service.client()
        let text = "\"\(String(repeating: "x", count: 1_000_000))\""
        for number in 0..<12 { _ = try await client.send("PUT", "/a/\(number)", body: text) }
        return try await onThread { [port = service.port] in
            let connection = try Connection(port: port)
            try connection.send(Array("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
            usleep(200_000)
            return Held(connection: connection)
        }
    }

    /// A connection that stays open. `@unchecked Sendable` because it is only kept.
    private struct Held: @unchecked Sendable { let connection: Connection }
}
