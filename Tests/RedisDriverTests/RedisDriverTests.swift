import DriverConformance
import NestKVStorage
import RedisDriver
import TestSupport
import Testing

@Suite("The Redis driver", SharedServers(), .serialized, .timeLimit(.minutes(10)))
struct RedisDriverTests {
    @Test(arguments: Promise.all)
    func `keeps its promises`(_ promise: Promise) async throws {
        let server = try #require(SharedServers.plain)
        try await promise.check(with: Harness.redis(server))
    }

    @Test(arguments: Promise.withoutCache)
    func `keeps its promises without a cache, on a server that syncs`(_ promise: Promise) async throws {
        let server = try #require(SharedServers.synced)
        try await promise.check(with: Harness.redis(server, query: "?cache=0&separator=/&prefix=other"))
    }
}

/// The servers of a suite. Each test empties the one that it uses.
struct SharedServers: SuiteTrait, TestScoping {
    /// A server that keeps nothing on disk.
    @TaskLocal static var plain: RedisServer?
    /// A server with an append-only file that is synced with every write.
    @TaskLocal static var synced: RedisServer?

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let plain = try await RedisServer.start()
        let synced = try await RedisServer.start(["--appendonly", "yes", "--appendfsync", "always"])
        try await Self.$plain.withValue(plain) {
            try await Self.$synced.withValue(synced, operation: function)
        }
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
