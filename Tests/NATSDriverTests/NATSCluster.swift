import TestSupport

/// Three servers that keep each bucket three times.
struct NATSCluster: Sendable {
    private let servers: [NATSServer]

    /// The address of all three, for `--store`.
    var address: String { "nats://" + servers.map { "127.0.0.1:\($0.port)" }.joined(separator: ",") }

    /// Starts them all.
    static func start() async throws -> NATSCluster {
        let routes = try (0..<3).map { _ in try freePort() }
        let others = routes.map { "\"nats://127.0.0.1:\($0)\"" }.joined(separator: ", ")
        var servers: [NATSServer] = []
        for (index, port) in routes.enumerated() {
            servers.append(
                try await NATSServer.start(
                    .newest, jetStream: NATSServer.synced,
                    """
                    server_name: s\(index)
                    cluster { name: test, listen: "127.0.0.1:\(port)", routes: [\(others)] }
                    """))
        }
        return NATSCluster(servers: servers)
    }

    /// Starts one server again.
    func start(_ index: Int) async throws { try await servers[index].start() }

    /// Sends a signal to one server.
    func signal(_ index: Int, _ number: Int32) { servers[index].signal(number) }

    /// Kills one server.
    func kill(_ index: Int) async throws { try await servers[index].kill() }

    /// Ends them all.
    func stop() async throws {
        for server in servers { try await server.kill() }
    }

    /// The server that leads a bucket, once all servers agree on one.
    func leader(of bucket: String) async throws -> Int {
        for _ in 0..<400 {
            for server in servers {
                let info = (try? await server.publish("$JS.API.STREAM.INFO.KV_\(bucket)", "")) ?? ""
                guard let found = info.firstRange(of: #""leader":"s"#)?.upperBound else { continue }
                if let number = info[found].wholeNumberValue { return number }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TestFailure("no server leads \(bucket)")
    }
}
