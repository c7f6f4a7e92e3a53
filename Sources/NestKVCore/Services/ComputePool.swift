import DequeModule
import Dispatch
import NestKVStorage
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Threads for computations of more than some milliseconds, so that no request holds up the others of its HTTP thread.
///
/// A request moves here with ``run(_:)`` and continues on its own thread when that returns. The threads have a lower
/// priority than all others of the process, and each runs one job after another. The number of requests in the pool is
/// limited, because waiting requests hold memory.
public final class ComputePool: TaskExecutor {
    /// Whether the current task is already in the pool.
    @TaskLocal static var isHere = false

    private struct State {
        var jobs: Deque<UnownedJob> = []
        var requests = 0
        var threads = 0
    }

    /// The most requests in the pool at once, including those that wait for a thread.
    public let maximumRequests: Int
    private let maximumThreads: Int
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    /// A pool whose threads are started for the first job.
    ///
    /// - Parameter threads: the number of threads; 0 for one per core, but at least two.
    public init(threads: Int = 0, maximumRequests: Int = 1024) {
        maximumThreads = threads > 0 ? threads : max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        self.maximumRequests = maximumRequests
    }

    /// Runs a long computation.
    ///
    /// - Throws: the error of the computation; ``StoreError`` `.busy` if too many requests are in the pool.
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
                .busy, "\(maximumRequests) requests with long computations are already in progress; try again later.",
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

    /// The endless loop of each thread.
    private func work() -> Never {
        // On Linux a thread has its own nice value.
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        setpriority(process, 0, min(getpriority(process, 0) + 5, 19))
        while true {
            // Signalled once for each job.
            bell.wait()
            guard let job = state.withLock({ $0.jobs.popFirst() }) else { continue }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
