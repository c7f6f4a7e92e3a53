import Glibc

/// A real server of a store, started by a test on a free port, with its own folder.
public final class StoreServer: Sendable {
    /// The port on which it listens.
    public let port: Int
    private let process: ChildProcess

    private init(_ process: ChildProcess, port: Int) {
        self.process = process
        self.port = port
    }

    /// Starts a program and waits until it listens.
    ///
    /// - Parameters:
    ///   - arguments: the program's path first.
    ///   - port: the port in these arguments.
    public static func start(_ arguments: [String], port: Int) async throws -> StoreServer {
        let process = try ChildProcess(arguments, environment: ["PATH": "/usr/bin:/bin"])
        try await onThread {
            for _ in 0..<2000 {
                if isListening(port) { return }
                guard process.poll() == nil else { break }
                usleep(5000)
            }
            throw TestFailure("\(arguments) doesn't listen:\n\(process.output.text)\(process.errors.text)")
        }
        return StoreServer(process, port: port)
    }

    /// A port that is currently free.
    public static func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw TestFailure.system("socket") }
        defer { close(socket) }
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, length) == 0 ? getsockname(socket, pointer, &length) : -1
            }
        }
        guard code == 0 else { throw TestFailure.system("bind") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// The path of a program: that in a variable, or the first that exists at these places.
    public static func program(_ variable: String, _ places: [String]) throws -> String {
        if let named = getenv(variable) { return String(cString: named) }
        guard let place = places.first(where: { access($0, X_OK) == 0 }) else {
            throw TestFailure("none of \(places) exists; scripts/test installs it, or set \(variable) to its path")
        }
        return place
    }

    /// Sends a signal without waiting.
    public func signal(_ number: Int32) { process.signal(number) }

    /// Sends a signal, by default SIGTERM, and waits for the end.
    @discardableResult
    public func stop(_ number: Int32 = SIGTERM) async throws -> ExitStatus {
        process.signal(SIGCONT)
        process.signal(number)
        return try await process.wait(seconds: 30)
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        return address
    }

    private static func isListening(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = loopback(port: port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                connect(socket, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
