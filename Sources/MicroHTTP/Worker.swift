import Synchronization

/// A task that runs the work of answers that may wait, one request after another, on the library's thread that runs the
/// connection.
///
/// Making a task with its stack for each request took a fifth of the time of a `GET`. A task whose handler has answered
/// is therefore kept for another request.
///
/// It is also the task's executor, so that a handler continues on the library's thread after it has waited. An answer
/// that waited for a disk therefore needs one thread change instead of two, and no part of a request runs on Swift's
/// cooperative pool, which has only one thread per core.
///
/// `@unchecked Sendable` because only the thread that runs the connection changes its state, and only while the task
/// waits for work.
final class Worker: TaskExecutor, @unchecked Sendable {
    /// The next work.
    struct Work {
        let connection: Connection
        /// The number of the request on its connection.
        let sequence: UInt32
        let respond: @Sendable () async -> Response
    }

    /// The connection whose request it handles.
    private var connection: Connection?
    private var work: Work?
    private var waiting: UnsafeContinuation<Void, Never>?

    /// Queues the work at its connection, which must run it.
    func begin(_ work: Work) {
        connection = work.connection
        self.work = work
        if let waiting = waiting.take() { return waiting.resume() }
        Task(executorPreference: self) {
            while await self.handle() { await withUnsafeContinuation { self.waiting = $0 } }
        }
    }

    /// Handles a request and keeps no reference to it. False if there is no request, or if it was answered without this
    /// worker, which is then not used again.
    private func handle() async -> Bool {
        guard let work = work.take() else { return false }
        let response = await work.respond()
        return work.connection.finish(work.sequence, response)
    }

    /// Releases the connection of an answered request.
    func rest() { connection = nil }

    /// Ends the task of an idle worker.
    func retire() { waiting.take()?.resume() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // The request ended without its handler, whose result is not needed any more, or the task is ending.
        guard let connection, connection.enqueue(job) else { return Self.runElsewhere(job) }
    }

    static func runElsewhere(_ job: UnownedJob) { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
}

/// The idle workers.
struct WorkerPool: ~Copyable {
    /// More idle workers are not worth their memory of about 15 KB each.
    private static let capacity = 64
    private let resting = Mutex<[Worker]>([])

    /// An idle worker, or a new one.
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

    /// Ends all idle workers.
    func retire() {
        for worker in resting.withLock({ exchange(&$0, with: []) }) { worker.retire() }
    }
}
