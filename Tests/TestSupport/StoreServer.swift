import Glibc

/// A real server of a store, started by a test: on a free port, with a folder of its own.
///
/// It runs until it is killed or stopped, or until no variable holds it any more.
public protocol StoreServer: Sendable {
    /// The address for `--store`.
    var address: String { get }
    /// What it keeps on disk.
    var folder: TemporaryFolder { get }
    /// Its program.
    var process: RestartableProcess { get }
    /// Sets a key as another program does.
    func set(_ segments: [String], to text: String) async throws
}

extension StoreServer {
    /// The port on which it listens.
    public var port: Int { process.port }

    /// Starts it again with what is in its folder, after ``kill()`` or ``stop()``.
    public func start() async throws { try await process.start() }

    /// Ends it at once, like a crash.
    public func kill() async throws { _ = try await process.stop(SIGKILL) }

    /// Ends it properly.
    public func stop() async throws { _ = try await process.stop(SIGTERM) }

    /// Sends a signal without waiting.
    public func signal(_ number: Int32) { process.signal(number) }
}
