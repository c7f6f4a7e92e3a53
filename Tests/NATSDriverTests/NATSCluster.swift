import Glibc
import Synchronization
import TestSupport

/// Three servers that keep each bucket three times.
final class NATSCluster: Sendable {
    private let folders: [TemporaryFolder]
    private let ports: [Int]
    private let routes: [Int]
    private let servers = Mutex<[NATSServer?]>([nil, nil, nil])

    /// The address of all three, for `--store`.
    var address: String { "nats://" + ports.map { "127.0.0.1:\($0)" }.joined(separator: ",") }

    /// Starts them all.
    static func start() async throws -> NATSCluster {
        let cluster = try NATSCluster()
        for index in 0..<3 { try await cluster.start(index) }
        return cluster
    }

    private init() throws {
        folders = try (0..<3).map { _ in try TemporaryFolder() }
        ports = try (0..<3).map { _ in try StoreServer.freePort() }
        routes = try (0..<3).map { _ in try StoreServer.freePort() }
    }

    /// Starts one server, for the first time or again.
    func start(_ index: Int) async throws {
        let others = routes.map { "\"nats://127.0.0.1:\($0)\"" }.joined(separator: ", ")
        let server = try await NATSServer.start(
            .newest, in: folders[index], port: ports[index], jetStream: "sync_interval: always",
            """
            server_name: s\(index)
            cluster { name: test, listen: "127.0.0.1:\(routes[index])", routes: [\(others)] }
            """)
        servers.withLock { $0[index] = server }
    }

    /// Sends a signal to one server.
    func signal(_ index: Int, _ number: Int32) { server(index)?.process.signal(number) }

    /// Kills one server.
    func kill(_ index: Int) async throws {
        try await server(index)?.process.stop(SIGKILL)
        servers.withLock { $0[index] = nil }
    }

    /// Ends them all.
    func stop() async throws {
        for index in 0..<3 { try await kill(index) }
    }

    /// The server that leads a bucket, once all servers agree on one.
    func leader(of bucket: String) async throws -> Int {
        for _ in 0..<400 {
            for index in 0..<3 {
                guard let server = server(index) else { continue }
                let info = (try? await server.publish("$JS.API.STREAM.INFO.KV_\(bucket)", "")) ?? ""
                guard let found = info.firstRange(of: #""leader":"s"#)?.upperBound else { continue }
                if let number = info[found].wholeNumberValue { return number }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TestFailure("no server leads \(bucket)")
    }

    private func server(_ index: Int) -> NATSServer? { servers.withLock { $0[index] } }
}
