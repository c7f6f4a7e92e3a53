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
        let synced = try await RedisServer.start(RedisServer.synced)
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
            try await DriverFactory.redis.withSubject(at: "\(server.address)/1\(query)", options, body)
        }
    }
}
