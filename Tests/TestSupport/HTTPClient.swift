import Glibc
import Synchronization

/// An HTTP client with one keep-alive connection and its own thread, so that waiting for the service never blocks the
/// pool on which tests run.
public final class HTTPClient: Sendable {
    private let worker = Worker()
    private let port: Int

    /// A client of a server on this machine. It connects with its first request.
    public init(port: Int) {
        self.port = port
        let worker = worker
        startThread { worker.run() }
    }

    deinit { worker.stop() }

    /// Sends a request and returns its response with any status.
    public func send(_ request: HTTPRequest) async throws -> Reply {
        let port = port
        return try await withCheckedThrowingContinuation { continuation in
            worker.add { connection in
                continuation.resume(with: Result { try Self.exchange(request, over: &connection, port) })
            }
        }
    }

    /// Sends a request made from its parts.
    public func send(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: String? = nil
    ) async throws -> Reply {
        try await send(HTTPRequest(method, target, headers: headers, body: body.map { Array($0.utf8) }))
    }

    private static func exchange(
        _ request: HTTPRequest, over connection: inout Connection?, _ port: Int
    ) throws -> Reply {
        do {
            if connection?.isClosed ?? true { connection = try Connection(port: port) }
            guard let open = connection else { throw TestFailure("no connection") }
            let reply = try open.send(request)
            if reply.isLast { connection = nil }
            return reply
        } catch {
            connection = nil
            throw TestFailure("\(request.method) \(request.target): \(error)")
        }
    }
}

/// A thread that runs jobs with the client's connection, one after another.
private final class Worker: Sendable {
    typealias Job = @Sendable (inout Connection?) -> Void

    private struct State {
        var jobs: [Job] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let wake = Semaphore()

    func add(_ job: @escaping Job) {
        state.withLock { $0.jobs.append(job) }
        wake.signal()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wake.signal()
    }

    func run() {
        var connection: Connection?
        while true {
            wake.wait()
            let (jobs, isStopped) = state.withLock { state in
                defer { state.jobs = [] }
                return (state.jobs, state.isStopped)
            }
            for job in jobs { job(&connection) }
            if isStopped { return }
        }
    }
}

/// A POSIX semaphore. `@unchecked Sendable` because `sem_t` is made for use from several threads.
private final class Semaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }

    func wait() { while sem_wait(semaphore) != 0 {} }
}
