import Foundation
import Glibc
import Synchronization

/// A real redis-server in its own folder, on a free port and a Unix socket.
public final class RedisServer: Sendable {
    /// The TCP port.
    public let port: Int
    /// The Unix socket.
    public var socketPath: String { folder.path + "/redis.sock" }
    private let folder: TemporaryFolder
    private let options: [String]
    private let running = Mutex<ChildProcess?>(nil)

    /// Starts a server and waits until it answers. By default it stores nothing on disk.
    public static func start(_ options: [String] = ["--save", "", "--appendonly", "no"]) async throws -> RedisServer {
        let server = RedisServer(port: try freePort(), folder: try TemporaryFolder(), options: options)
        try await server.start()
        return server
    }

    private init(port: Int, folder: TemporaryFolder, options: [String]) {
        self.port = port
        self.folder = folder
        self.options = options
    }

    /// Starts the process with the data in its folder, also again after ``kill()``.
    public func start() async throws {
        let program = try Self.program("redis-server")
        let process = try ChildProcess(
            [
                program, "--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", socketPath, "--dir", folder.path,
                "--daemonize", "no",
            ] + options)
        running.withLock { $0 = process }
        try await onThread {
            for _ in 0..<4000 {
                guard process.poll() == nil else { break }
                if process.output.text.contains("eady to accept connections") { return }
                usleep(2500)
            }
            throw TestFailure("redis-server \(self.options) doesn't listen:\n\(process.output.text)")
        }
    }

    /// Sends a signal.
    public func signal(_ number: Int32) {
        running.withLock { $0 }?.signal(number)
    }

    /// Ends the process immediately, like a crash.
    public func kill() async throws {
        guard let process = running.withLock({ $0 }) else { return }
        process.signal(SIGCONT)
        process.signal(SIGKILL)
        _ = try await process.wait(seconds: 10)
    }

    /// Cuts bytes off the end of the append-only file, like a disk that lost confirmed data.
    public func shortenLog(by bytes: Int) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/appendonlydir")
        guard let name = names.filter({ $0.hasSuffix(".incr.aof") }).max() else {
            throw TestFailure("there is no append-only file among \(names)")
        }
        let path = folder.path + "/appendonlydir/" + name
        var status = stat()
        guard stat(path, &status) == 0, status.st_size > bytes, truncate(path, status.st_size - bytes) == 0 else {
            throw TestFailure("\(path) can't be shortened by \(bytes) bytes")
        }
    }

    /// Puts a folder at the path of the snapshot, so that no snapshot can be saved.
    public func blockSnapshots() throws {
        try? FileManager.default.removeItem(atPath: folder.path + "/dump.rdb")
        try FileManager.default.createDirectory(
            atPath: folder.path + "/dump.rdb/occupied", withIntermediateDirectories: true)
    }

    /// A number in the output of `INFO`.
    public func number(_ name: String) async throws -> Int {
        for line in try await cli("INFO").split(whereSeparator: \.isNewline) where line.hasPrefix(name + ":") {
            if let number = Int(line.dropFirst(name.utf8.count + 1)) { return number }
        }
        throw TestFailure("Redis tells no number '\(name)'")
    }

    /// Runs redis-cli with a command, and returns its output without the last line feed.
    @discardableResult
    public func cli(_ command: String...) async throws -> String {
        try await cli(command)
    }

    /// Runs redis-cli with arguments.
    @discardableResult
    public func cli(_ arguments: [String]) async throws -> String {
        let process = try ChildProcess(
            [try Self.program("redis-cli"), "-h", "127.0.0.1", "-p", "\(port)"] + arguments)
        let status = try await process.wait(seconds: 30)
        let output = try await process.output.whole()
        guard status == .exit(0) else { throw TestFailure("redis-cli \(arguments): \(status) \(output)") }
        return output.hasSuffix("\n") ? String(output.dropLast()) : output
    }

    private static func program(_ name: String) throws -> String {
        for folder in ["/usr/bin", "/usr/local/bin"] where access("\(folder)/\(name)", X_OK) == 0 {
            return "\(folder)/\(name)"
        }
        throw TestFailure("there is no \(name); install Debian's package redis-server")
    }
}
