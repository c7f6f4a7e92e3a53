import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("Opened, the NATS driver", .timeLimit(.minutes(1)))
struct OpeningTests {
    @Test(arguments: [
        ("nats:", "write 'nats://HOST:4222'"), ("nats://", "is not a list of NATS servers"),
        ("nats://a:1,,b:2", "is not a list of NATS servers"), ("nats://host:0", "has no port from 1 to 65535"),
        ("nats://host:4222/db", "is not a list of NATS servers"),
        ("nats://host?history=0", "'history' of --store is '0'; it must be a whole number from 1 to 64"),
        ("nats://host?replicas=9", "from 1 to 5"), ("nats://host?storage=tape", "'file' or 'memory'"),
        ("nats://host?sync=on", "'interval' or 'always'"), ("nats://host?ttl=99ms", "from 100ms to 36500d"),
        ("nats://host?ttl=1w", "a duration like 500ms, 30s, 5m, 2h or 7d"),
        ("nats://host?cert=a", "cert and key must be given together"),
        ("nats://host?nkey=U", "nkey and seed must be given together"),
        ("nats://host?seed=a", "nkey and seed must be given together"),
        ("nats://u:p@host?creds=a", "only one way to sign in"),
        ("nats://host?creds=a&nkey=U&seed=b", "only one way to sign in"),
        ("nats://host?tls=off&ca=a", "remove 'tls=off'"),
        ("nats://host?adopt=yes", "'on' or 'off'"), ("nats://host?tls=yes", "'on' or 'off'"),
        ("nats://host?port=1", "has no parameter 'port'"),
    ])
    func `refuses an address that it can't understand`(_ text: String, _ words: String) async throws {
        let error = await #expect(throws: DriverError.self) { _ = try await open(text) }
        #expect(error?.kind == .address && error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func `says that no server answers`() async throws {
        let port = try freePort()
        let error = await #expect(throws: DriverError.self) { _ = try await open("nats://127.0.0.1:\(port)") }
        #expect(error?.kind == .configuration)
        #expect(error?.message == "No NATS server answers at 127.0.0.1:\(port): start it, or name another in --store.")
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `says that the server has no JetStream`(_ version: NATSServer.Version) async throws {
        let server = try await NATSServer.start(version, jetStream: nil)
        let error = await #expect(throws: DriverError.self) { _ = try await open(server.address) }
        #expect(error?.kind == .configuration && error?.message.contains("has no JetStream") == true)
        try await server.stop()
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `signs in by user and password, and says when it can't`(_ version: NATSServer.Version) async throws {
        let server = try await NATSServer.start(
            version, "authorization { user: alice, password: \"s3c@et/\" }")
        let host = "127.0.0.1:\(server.port)"
        let driver = try await open("nats://alice:s3c%40et%2F@\(host)")
        try await driver.write("ep/a") { _ in "1" }
        await driver.shutdown()
        for user in ["alice:wrong@", "bob:s3c%40et%2F@", "token@", ""] {
            let error = await #expect(throws: DriverError.self) { _ = try await open("nats://\(user)\(host)") }
            #expect(error?.kind == .configuration && error?.message.contains("refuses the user") == true, "\(user)")
            #expect(error?.description.contains("s3c") == false)
        }
        try await server.stop()
    }

    @Test func `signs in by a token`() async throws {
        let server = try await NATSServer.start(.newest, "authorization { token: \"t0ken\" }")
        let driver = try await open("nats://t0ken@127.0.0.1:\(server.port)")
        try await driver.write("ep/a") { _ in "1" }
        await driver.shutdown()
        try await server.stop()
    }

    @Test func `takes the next server when the first one doesn't answer`() async throws {
        let server = try await NATSServer.start(.newest)
        let driver = try await open("nats://127.0.0.1:\(try freePort()),127.0.0.1:\(server.port)")
        try await driver.write("ep/a") { _ in "1" }
        await driver.shutdown()
        try await server.stop()
    }

    @Test(arguments: [("", Durability.buffered), ("?sync=always", .fsynced), ("?storage=memory&sync=always", .memory)])
    func `tells how durable a write is`(_ query: String, _ durability: Durability) async throws {
        let server = try await NATSServer.start(.newest)
        let driver = try await open(server.address + query)
        #expect(driver.capabilities.durability == durability)
        try await driver.write("ep/a") { _ in "1" }
        await driver.shutdown()
        // The bucket keeps its settings, whatever the URL says later.
        let again = try await open(server.address)
        let node = try await again.node(key("ep/a"), .leaf)
        let receipt = try await again.commit(
            Transaction(expectations: [.leaf(key("ep/a"), node.leaf?.revision)], changes: [], readAt: node.revision))
        #expect(receipt.durability == (durability == .memory ? .memory : .buffered))
        await again.shutdown()
        try await server.stop()
    }
}
