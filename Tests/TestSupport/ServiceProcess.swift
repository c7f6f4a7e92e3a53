import Glibc

/// The built service, running on its own port.
public final class ServiceProcess: Sendable {
    /// The port on which it listens.
    public let port: Int
    private let process: ChildProcess

    /// The id of its process.
    public var id: Int32 { process.id }

    private init(_ process: ChildProcess, port: Int) {
        self.process = process
        self.port = port
    }

    /// Starts `nestkv serve` on a free port and waits until it listens.
    ///
    /// - Parameters:
    ///   - store: the address of the store, as `--store` takes it.
    ///   - options: further options.
    ///   - environment: the variables besides `PATH`.
    public static func start(
        store: String = "memory:", _ options: [String] = [], environment: [String: String] = [:]
    ) async throws -> ServiceProcess {
        let arguments = ["serve", "--port", "0", "--store", store] + options
        let process = try ChildProcess([try program()] + arguments, environment: variables(environment))
        let port = try await onThread {
            for _ in 0..<6000 {
                if let port = listeningPort(in: process.errors.text) { return port }
                guard process.poll() == nil else { break }
                usleep(5000)
            }
            throw TestFailure("nestkv \(arguments) doesn't listen:\n\(process.errors.text)")
        }
        return ServiceProcess(process, port: port)
    }

    /// Starts `nestkv serve` with standard streams redirected by a shell (`2>&-`), and waits until it answers.
    ///
    /// - Parameter first: a command that the shell runs before, such as `ulimit -n 256`.
    public static func start(
        redirecting streams: String, store: String = "memory:", _ options: [String] = [], first: String = ":"
    ) async throws -> ServiceProcess {
        let port = try freePort()
        let arguments = ["serve", "--port", "\(port)", "--store", store] + options
        let process = try ChildProcess(try shell(arguments, streams, first), environment: variables([:]))
        try await onThread {
            for _ in 0..<6000 where process.poll() == nil {
                if (try? Connection(port: port)) != nil { return }
                usleep(5000)
            }
            throw TestFailure("nestkv \(arguments) \(streams) doesn't listen")
        }
        return ServiceProcess(process, port: port)
    }

    /// Runs `nestkv` to its end, with standard streams redirected by a shell.
    public static func run(
        _ arguments: [String], redirecting streams: String, environment: [String: String] = [:]
    ) async throws -> (status: ExitStatus, output: String, errors: String) {
        try await TestSupport.run(try shell(arguments, streams), environment: environment, seconds: 30)
    }

    private static func shell(_ arguments: [String], _ streams: String, _ first: String = ":") throws -> [String] {
        ["/bin/sh", "-c", "\(first); exec \"$0\" \"$@\" \(streams)", try program()] + arguments
    }

    /// Runs `nestkv` to its end.
    public static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (status: ExitStatus, output: String, errors: String) {
        try await TestSupport.run([try program()] + arguments, environment: environment, seconds: 30)
    }

    /// Starts `nestkv` without waiting.
    public static func spawn(_ arguments: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess([try program()] + arguments, environment: variables(environment))
    }

    /// Runs a command of the client against this service, to its end.
    public func command(_ arguments: String...) async throws -> (status: ExitStatus, output: String, errors: String) {
        try await Self.run(arguments, environment: ["NESTKV_SERVER": "http://127.0.0.1:\(port)"])
    }

    /// Its log so far.
    public var log: String { process.errors.text }

    /// Whether it is still running.
    public var isRunning: Bool { process.poll() == nil }

    /// Sends a signal without waiting.
    public func signal(_ number: Int32) { process.signal(number) }

    /// Sends a signal, by default SIGTERM, and waits for the end.
    @discardableResult
    public func stop(_ number: Int32 = SIGTERM) async throws -> ExitStatus {
        process.signal(number)
        let status = try await process.wait(seconds: 60)
        _ = try await process.errors.whole()
        return status
    }

    /// A client of the service.
    public func client() -> HTTPClient { HTTPClient(port: port) }

    /// Waits at most 10 seconds until the log contains a text, and returns the first line with it.
    public func logLine(with text: String) async throws -> String {
        try await onThread {
            for _ in 0..<2000 {
                let lines = self.log.split(separator: "\n")
                if let line = lines.first(where: { $0.contains(text) }) { return String(line) }
                usleep(5000)
            }
            throw TestFailure("'\(text)' is not in the log:\n\(self.log)")
        }
    }

    private static func listeningPort(in log: String) -> Int? {
        guard let line = log.split(separator: "\n").first(where: { $0.contains("listens on") }),
            let start = line.firstRange(of: "listens on http://127.0.0.1:")?.upperBound
        else { return nil }
        return Int(line[start...].prefix { $0.isNumber })
    }

    /// The binary named by `NESTKV_BINARY`, or the one that was built with the test bundle.
    public static func program() throws -> String {
        if let named = getenv("NESTKV_BINARY") { return String(cString: named) }
        let bundles = CommandLine.arguments.filter { $0.contains(".xctest") } + CommandLine.arguments.prefix(1)
        for bundle in bundles {
            let name = bundle.firstRange(of: ".xctest").map { bundle[..<$0.lowerBound] } ?? bundle[...]
            guard let folder = name.lastIndex(of: "/") else { continue }
            let path = bundle[...folder] + "nestkv"
            if access(String(path), X_OK) == 0 { return String(path) }
        }
        throw TestFailure("there is no nestkv beside \(bundles); build it, or name it in NESTKV_BINARY")
    }
}

/// Runs a program to its end. The first word is its path.
///
/// - Parameters:
///   - environment: the variables besides `PATH`.
///   - seconds: the time after which the program is killed and this fails.
public func run(
    _ command: [String], environment: [String: String] = [:], seconds: Int
) async throws -> (status: ExitStatus, output: String, errors: String) {
    let process = try ChildProcess(command, environment: variables(environment))
    let status = try await process.wait(seconds: seconds)
    return (status, try await process.output.whole(), try await process.errors.whole())
}

private func variables(_ added: [String: String]) -> [String: String] {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return ["PATH": path].merging(added) { $1 }
}
