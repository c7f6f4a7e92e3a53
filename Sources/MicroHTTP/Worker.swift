import Synchronization

/// A task that runs handlers, one request after the other, each on the library's thread that runs its connection.
///
/// Making a task for each request, and the stack for its async functions, was a fifth of a `GET`. So a task whose
/// handler has answered is kept for another request.
///
/// It is the task's executor, too: what a handler does after it waited is done on the library's thread again. So an
/// answer that had to wait for a disk makes one thread change and not two, and nothing of a request runs on Swift's
/// cooperative pool, which has only a thread per core.
///
/// `@unchecked Sendable` because only the thread that runs the connection changes anything here, and only while the
/// task waits for work.
final class Worker: TaskExecutor, @unchecked Sendable {
    /// What there is to do.
    struct Work {
        let connection: Connection
        /// The number of the request on its connection.
        let sequence: UInt32
        let request: Request
    }

    /// Whose request it works on.
    private var connection: Connection?
    private var work: Work?
    private var waiting: UnsafeContinuation<Void, Never>?

    /// Queues the work at its connection, which has to run it.
    func begin(_ work: Work) {
        connection = work.connection
        self.work = work
        if let waiting = waiting.take() { return waiting.resume() }
        Task(executorPreference: self) {
            while await self.handle() { await withUnsafeContinuation { self.waiting = $0 } }
        }
    }

    /// Handles a request, of which nothing is left when this returns. False when there is none, or when it was answered
    /// without this: then nobody will ask again.
    private func handle() async -> Bool {
        guard let work = work.take() else { return false }
        let response = await work.connection.server.handler(work.request)
        return work.connection.finish(work.sequence, response)
    }

    /// The request is answered: lets go of its connection.
    func rest() { connection = nil }

    /// Ends the task of a worker that rests.
    func retire() { waiting.take()?.resume() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // A request that is over without its handler, which goes on for nobody, or a task that ends.
        guard let connection, connection.enqueue(job) else { return Self.runElsewhere(job) }
    }

    static func runElsewhere(_ job: UnownedJob) { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
}

/// The workers that rest.
struct WorkerPool: ~Copyable {
    /// More are not worth their memory, some 15 KB each.
    private static let capacity = 64
    private let resting = Mutex<[Worker]>([])

    /// One that rests, else a new one.
    func take() -> Worker {
        resting.withLock { $0.popLast() } ?? Worker()
    }

    /// Keeps a worker whose handler has answered.
    func give(back worker: Worker) {
        worker.rest()
        let isKept = resting.withLock { resting in
            guard resting.count < Self.capacity else { return false }
            resting.append(worker)
            return true
        }
        if !isKept { worker.retire() }
    }

    /// Ends all that rest.
    func retire() {
        for worker in resting.withLock({ exchange(&$0, with: []) }) { worker.retire() }
    }
}
