import DriverConformance
import NATSDriver
import NestKVStorage
import Synchronization
import TestSupport
import Testing

@Suite("The NATS driver", .timeLimit(.minutes(2)), .natsServers, .serialized)
struct NATSDriverTests {
    @Test(arguments: Promise.all)
    func `keeps its promises`(_ promise: Promise) async throws {
        try await promise.check(with: .nats(.newest))
    }

    @Test(arguments: Promise.all)
    func `keeps its promises on a server without atomic batches`(_ promise: Promise) async throws {
        try await promise.check(with: .nats(.debian))
    }

    @Test(arguments: Promise.all)
    func `keeps its promises in buckets without direct get, as Python's client creates them`(_ promise: Promise)
        async throws
    {
        try await promise.check(with: .nats(.newest, madeWith: #""allow_atomic":true"#))
    }
}

extension Harness {
    private static let count = Atomic<Int>(0)

    /// A bucket of its own on the suite's server.
    ///
    /// - Parameter madeWith: settings of the other program that made the bucket, besides those of Python's client.
    static func nats(_ version: NATSServer.Version, query: String = "", madeWith: String? = nil) -> Harness {
        Harness { options, body in
            let server = try NATSServers.server(version)
            let number = count.add(1, ordering: .relaxed).newValue
            let (address, root) = (server.address + query, Key(["test \(number)".utf8]))
            try await DriverFactory.nats.withSubject(at: address, root: root, options) { subject in
                if let madeWith {
                    try await server.makeBucketAsPython(
                        "test_x20\(number)", history: min(options.historyDepth + 1, 64), madeWith)
                }
                try await body(subject)
            }
            // Expired leaves are searched for in all buckets.
            try await server.publish("$JS.API.STREAM.DELETE.KV_test_x20\(number)", "")
        }
    }
}

/// One server of each version for a suite.
struct NATSServers: SuiteTrait, TestScoping {
    @TaskLocal private static var running: [NATSServer.Version: NATSServer] = [:]

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        var servers: [NATSServer.Version: NATSServer] = [:]
        for version in NATSServer.Version.allCases { servers[version] = try await NATSServer.start(version) }
        try await Self.$running.withValue(servers, operation: function)
        for server in servers.values { try await server.stop() }
    }

    /// The suite's server, and a client of another program for one of its buckets.
    static func serverAndClient(
        _ version: NATSServer.Version, bucket: String
    ) throws -> (server: NATSServer, client: KVClient) {
        let server = try server(version)
        return (server, KVClient(address: server.address, bucket: bucket))
    }

    /// The suite's server.
    static func server(_ version: NATSServer.Version) throws -> NATSServer {
        guard let server = running[version] else { throw TestFailure("the suite lacks the trait .natsServers") }
        return server
    }
}

extension Trait where Self == NATSServers {
    /// Starts a server of each version around the suite.
    static var natsServers: NATSServers { NATSServers() }
}
