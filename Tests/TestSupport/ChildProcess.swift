import Glibc
import Synchronization

/// A running program whose output is collected.
public final class ChildProcess: Sendable {
    /// The process's id.
    public let id: pid_t
    /// The standard output so far.
    public let output: Capture
    /// The standard error output so far.
    public let errors: Capture
    private let status = Mutex<ExitStatus?>(nil)

    /// Starts a program with only `environment` as its environment.
    public convenience init(_ arguments: [String], environment: [String: String] = [:]) throws {
        // One at a time, because a pipe is first made and only then hidden from other children.
        self.init(try Self.starting.withLock { _ in try Self.start(arguments, environment) })
    }

    private init(_ started: (id: pid_t, output: Capture, errors: Capture)) {
        (id, output, errors) = started
        output.start()
        errors.start()
    }

    private static let starting = Mutex(())

    private static func start(
        _ arguments: [String], _ environment: [String: String]
    ) throws -> (id: pid_t, output: Capture, errors: Capture) {
        let output = try Capture()
        let errors = try Capture()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.writeEnd, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.writeEnd, 2)
        var words = arguments.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, arguments[0], &actions, nil, &words, &variables)
        guard code == 0 else { throw TestFailure("can't start \(arguments[0]): \(String(cString: strerror(code)))") }
        close(output.writeEnd)
        close(errors.writeEnd)
        return (child, output, errors)
    }

    deinit {
        guard status.withLock({ $0 }) == nil else { return }
        kill(id, SIGKILL)
        waitpid(id, nil, 0)
    }

    /// Sends a signal, unless the process has ended. After a stop signal, all threads of the process have stopped.
    public func signal(_ number: Int32) {
        status.withLock { if $0 == nil { _ = kill(id, number) } }
        guard number == SIGSTOP else { return }
        for _ in 0..<2000 {
            var change = siginfo_t()
            guard waitid(P_PID, id_t(id), &change, WSTOPPED | WNOHANG) == 0, change.si_signo == 0 else { return }
            usleep(500)
        }
    }

    /// Waits for the end for at most this many seconds; then kills the process and fails.
    public func wait(seconds: Int) async throws -> ExitStatus {
        try await onThread {
            for _ in 0..<(seconds * 200) {
                if let status = self.poll() { return status }
                usleep(5000)
            }
            self.signal(SIGKILL)
            throw TestFailure("the process didn't end within \(seconds) s; it wrote:\n\(self.errors.text)")
        }
    }

    /// How the process ended; nil while it runs.
    public func poll() -> ExitStatus? {
        status.withLock { known in
            var code: Int32 = 0
            if known == nil, waitpid(id, &code, WNOHANG) == id {
                known = code & 0x7F == 0 ? .exit(code >> 8 & 0xFF) : .signal(code & 0x7F)
            }
            return known
        }
    }
}

/// How a process ended.
public enum ExitStatus: Sendable, Equatable {
    /// It exited with this code.
    case exit(Int32)
    /// A signal ended it.
    case signal(Int32)
}

/// Collects the data that is written into a pipe.
public final class Capture: Sendable {
    let writeEnd: Int32
    private let readEnd: Int32
    private let bytes = Mutex<[UInt8]>([])
    private let isEnded = Atomic(false)

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw TestFailure.system("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    /// Reads until the child has closed its end; this process's own must be closed.
    func start() {
        startThread {
            var buffer = [UInt8](repeating: 0, count: 16 << 10)
            while case let count = read(self.readEnd, &buffer, buffer.count), count > 0 {
                let part = buffer[..<count]
                self.bytes.withLock { $0 += part }
            }
            close(self.readEnd)
            self.isEnded.store(true, ordering: .releasing)
        }
    }

    /// The data so far.
    public var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    /// All data, once the process has ended.
    public func whole() async throws -> String {
        try await onThread {
            for _ in 0..<2000 where !self.isEnded.load(ordering: .acquiring) { usleep(1000) }
            return self.text
        }
    }
}
