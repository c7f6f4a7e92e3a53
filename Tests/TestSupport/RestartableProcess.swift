import Glibc
import Synchronization

/// A server program that can be killed and started again, on the same port.
public final class RestartableProcess: Sendable {
    /// The port on which it listens.
    public let port: Int
    private let arguments: [String]
    private let readyWords: String?
    private let running = Mutex<ChildProcess?>(nil)

    /// A program that isn't started yet.
    ///
    /// - Parameters:
    ///   - arguments: the program's path first.
    ///   - port: the port in these arguments.
    ///   - readyWords: what it writes to its standard output when it is ready; nil if it is ready once it listens.
    init(_ arguments: [String], port: Int, readyWords: String? = nil) {
        (self.arguments, self.port, self.readyWords) = (arguments, port, readyWords)
    }

    /// Starts the program, for the first time or again, and waits until it is ready.
    func start() async throws {
        let process = try ChildProcess(arguments, environment: ["PATH": "/usr/bin:/bin"])
        running.withLock { $0 = process }
        try await onThread {
            for _ in 0..<4000 {
                guard process.poll() == nil else { break }
                if self.isReady(process) { return }
                usleep(2500)
            }
            throw TestFailure("\(self.arguments) isn't ready:\n\(process.output.text)\(process.errors.text)")
        }
    }

    private func isReady(_ process: ChildProcess) -> Bool {
        guard let readyWords else { return (try? Connection(port: port)) != nil }
        return process.output.text.contains(readyWords)
    }

    /// Sends a signal without waiting.
    func signal(_ number: Int32) { running.withLock { $0 }?.signal(number) }

    /// Sends a signal, also to a process that is halted, and waits for the end.
    func stop(_ number: Int32) async throws -> ExitStatus {
        guard let process = running.withLock({ $0 }) else { throw TestFailure("\(arguments) was never started") }
        process.signal(SIGCONT)
        process.signal(number)
        return try await process.wait(seconds: 30)
    }
}

/// The path of an installed program: that in a variable, or the first that exists at these places.
public func installedProgram(_ variable: String, _ places: [String]) throws -> String {
    if let named = getenv(variable) { return String(cString: named) }
    guard let place = places.first(where: { access($0, X_OK) == 0 }) else {
        throw TestFailure("none of \(places) exists; scripts/test installs it, or set \(variable) to its path")
    }
    return place
}
