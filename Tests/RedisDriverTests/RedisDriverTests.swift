import DriverConformance
import NestKVCore
import RedisDriver
import TestSupport
import Testing

@Suite("The Redis driver", .serialized, .timeLimit(.minutes(10)))
struct RedisDriverTests {
    @Test("keeps its promises", arguments: Promise.all)
    func keepsPromise(_ promise: Promise) async throws {
        let server = try await SharedRedis.server()
        try await promise.check(with: Harness.redis(server))
    }

    @Test("keeps its promises without a cache, on a server that syncs", arguments: Promise.all)
    func keepsPromiseSynced(_ promise: Promise) async throws {
        let server = try await SharedRedis.syncedServer()
        try await promise.check(with: Harness.redis(server, query: "?cache=0&separator=/&prefix=other"))
    }
}

/// Servers that the tests share; each test has an empty one. They end with the process.
actor SharedRedis {
    private static let shared = SharedRedis()
    private var plain: RedisServer?
    private var synced: RedisServer?

    /// One that keeps nothing on disk.
    static func server() async throws -> RedisServer { try await shared.plainServer() }
    /// One with an append-only file that is synced with every write.
    static func syncedServer() async throws -> RedisServer { try await shared.server(synced: true) }

    private func plainServer() async throws -> RedisServer { try await server(synced: false) }

    private func server(synced isSynced: Bool) async throws -> RedisServer {
        if let server = isSynced ? synced : plain { return server }
        let options =
            isSynced ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--save", "", "--appendonly", "no"]
        let server = try await RedisServer.start(options)
        if isSynced { synced = server } else { plain = server }
        return server
    }
}

extension Harness {
    /// An emptied database.
    static func redis(_ server: RedisServer, query: String = "") -> Harness {
        Harness { options, body in
            try await server.cli("FLUSHALL")
            let url = try StoreURL("redis://127.0.0.1:\(server.port)/1\(query)")
            let driver = try await DriverFactory.redis.open(url, options)
            let subject = Subject(driver: driver) {
                await driver.shutdown()
                return try await DriverFactory.redis.open(url, options)
            }
            do {
                try await body(subject)
            } catch {
                await driver.shutdown()
                throw error
            }
            await driver.shutdown()
        }
    }
}
