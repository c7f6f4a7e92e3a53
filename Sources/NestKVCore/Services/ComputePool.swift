import DequeModule
import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Threads for what computes for more than some milliseconds, so that no request holds up the others of its HTTP
/// thread.
///
/// A request moves here with ``run(_:)`` and goes on where it was when that returns. The threads give way to all others
/// of the process, and each takes one piece of work after the other. How many requests may be here at once is bounded:
/// what waits holds memory.
public final class ComputePool: TaskExecutor {
    /// Whether the current task is here already.
    @TaskLocal static var isHere = false

    private struct State {
        var jobs: Deque<UnownedJob> = []
        var requests = 0
        var threads = 0
    }

    /// The most requests that are here at once, those that wait for a thread included.
    public let maximumRequests: Int
    private let maximumThreads: Int
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    /// A pool whose threads are started when there is something to do.
    ///
    /// - Parameter threads: 0: one for each core, two at least.
    public init(threads: Int = 0, maximumRequests: Int = 1024) {
        maximumThreads = threads > 0 ? threads : max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        self.maximumRequests = maximumRequests
    }

    /// Runs what computes for long.
    ///
    /// - Throws: what it throws; ``StoreError`` `.busy` when too many requests are here.
    public func run<Result: Sendable>(
        _ body: @Sendable () async throws(StoreError) -> sending Result
    ) async throws(StoreError) -> sending Result {
        guard !Self.isHere else { return try await body() }
        try enter()
        defer { state.withLock { $0.requests -= 1 } }
        // Closures lose the type of what they throw.
        let result: Swift.Result<Result, StoreError> = await withTaskExecutorPreference(self) {
            await Self.$isHere.withValue(true) {
                do throws(StoreError) { return .success(try await body()) } catch { return .failure(error) }
            }
        }
        return try result.get()
    }

    private func enter() throws(StoreError) {
        let isFull = state.withLock { state in
            guard state.requests < maximumRequests else { return true }
            state.requests += 1
            return false
        }
        guard !isFull else {
            throw StoreError(
                .busy, "\(maximumRequests) requests that compute for long are being worked on already; try again.",
                limit: maximumRequests)
        }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let startsThread = state.withLock { state in
            state.jobs.append(job)
            guard state.threads < maximumThreads else { return false }
            state.threads += 1
            return true
        }
        if startsThread { OwnThread.start("compute") { [self] in work() } }
        bell.signal()
    }

    /// What each thread does, for ever.
    private func work() -> Never {
        // In Linux a thread has a nice value of its own.
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        setpriority(process, 0, min(getpriority(process, 0) + 5, 19))
        while true {
            // Rung once for each job.
            bell.wait()
            guard let job = state.withLock({ $0.jobs.popFirst() }) else { continue }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
