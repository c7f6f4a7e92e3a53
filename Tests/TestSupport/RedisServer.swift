import Foundation
import Glibc

/// A real redis-server, also on a Unix socket.
public struct RedisServer: StoreServer {
    /// The options of a server that stores nothing on disk.
    public static let unsaved = ["--save", "", "--appendonly", "no"]
    /// The options of a server that syncs each write before it confirms it.
    public static let synced = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]

    public let process: RestartableProcess
    public let folder: TemporaryFolder
    public var address: String { "redis://127.0.0.1:\(port)" }
    /// The Unix socket.
    public var socketPath: String { folder.path + "/redis.sock" }

    /// Starts a server and waits until it has read its data.
    public static func start(_ options: [String] = unsaved) async throws -> RedisServer {
        let (port, folder) = (try freePort(), try TemporaryFolder())
        let program = try program("server")
        let process = RestartableProcess(
            [
                program, "--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", "\(folder.path)/redis.sock",
                "--dir", folder.path, "--daemonize", "no",
            ] + options, port: port, readyWords: "eady to accept connections")
        let server = RedisServer(process: process, folder: folder)
        try await server.start()
        return server
    }

    public func set(_ segments: [String], to text: String) async throws {
        try await cli("SET", segments.joined(separator: ":"), text)
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
            [try Self.program("cli"), "-h", "127.0.0.1", "-p", "\(port)"] + arguments)
        let status = try await process.wait(seconds: 30)
        let output = try await process.output.whole()
        guard status == .exit(0) else { throw TestFailure("redis-cli \(arguments): \(status) \(output)") }
        return output.hasSuffix("\n") ? String(output.dropLast()) : output
    }

    /// The path of `redis-server` or `redis-cli`.
    private static func program(_ name: String) throws -> String {
        let places = ["/usr/bin", "/usr/local/bin"].map { "\($0)/redis-\(name)" }
        return try installedProgram("NESTKV_REDIS_\(name.uppercased())", places)
    }
}
