import CHiredis
import Glibc
import Synchronization

/// What callers hand to the thread of ``EventLoop``: jobs, bounded by the commands that have no reply yet. Any thread
/// may use it.
final class EventLoopInbox: Sendable {
    /// A task for the thread.
    enum Job: Sendable {
        case send(Request)
        case connect(RedisConnection.Role, RedisAddress, @Sendable (String?) -> Void)
        case subscribe(Command)
        case drop(RedisFailure, String)
        case stop
    }

    /// Whether commands are accepted.
    enum Phase: Sendable {
        case down(problem: String)
        case up
        case closed
    }

    private struct State {
        var jobs: [Job] = []
        var phase = Phase.down(problem: "The store is not connected yet.")
        var isSleeping = false
        /// Commands without a reply yet, and their bytes.
        var waiting = 0
        var bytes = 0
    }

    /// The most commands that wait for replies.
    static let requestsMax = 16_384
    /// The most bytes of waiting commands. One alone may be larger.
    static let bytesMax = 128 << 20

    /// The eventfd that becomes readable when the thread must wake up.
    let wakeUp = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    private let state = Mutex(State())

    deinit {
        close(wakeUp)
    }

    /// Queues a command; returns why it can't be queued.
    func submit(_ request: Request) -> RedisFailure? {
        let size = request.command.bytes.count
        let (refusal, wakes) = state.withLock { state -> (RedisFailure?, Bool) in
            switch state.phase {
            case .closed: return (.closed, false)
            case .down(let problem) where !request.isHandshake: return (.notConnected(problem: problem), false)
            case .down, .up: break
            }
            let isFull = state.waiting >= Self.requestsMax || state.bytes + size > Self.bytesMax
            guard !isFull || state.waiting == 0 else { return (.tooManyWaiting, false) }
            state.jobs.append(.send(request))
            state.waiting += 1
            state.bytes += size
            defer { state.isSleeping = false }
            return (nil, state.isSleeping)
        }
        if wakes { wake() }
        return refusal
    }

    /// Queues a job.
    func push(_ job: Job) {
        let wakes = state.withLock { state in
            state.jobs.append(job)
            defer { state.isSleeping = false }
            return state.isSleeping
        }
        if wakes { wake() }
    }

    /// Sets whether commands are accepted from now on. After ``Phase/closed`` nothing changes it.
    func enter(_ phase: Phase) {
        state.withLock { state in
            if case .closed = state.phase { return }
            state.phase = phase
        }
    }

    /// Accepts no more commands because the connection was lost, if they were accepted.
    func loseConnection() {
        state.withLock { if case .up = $0.phase { $0.phase = .down(problem: "The connection to Redis was lost.") } }
    }

    /// Call before the thread waits: notes how many commands were finished.
    ///
    /// - Returns: whether the thread may sleep until ``wakeUp`` is readable.
    func prepareToSleep(released: (count: Int, bytes: Int)) -> Bool {
        state.withLock { state in
            state.waiting -= released.count
            state.bytes -= released.bytes
            state.isSleeping = state.jobs.isEmpty
            return state.jobs.isEmpty
        }
    }

    /// Call after the thread has waited: exchanges the queued jobs for an empty array.
    func takeJobs(into jobs: inout [Job]) {
        state.withLock { state in
            state.isSleeping = false
            swap(&state.jobs, &jobs)
        }
    }

    /// Takes the jobs that were queued while the thread ended.
    func takeRest() -> [Job] {
        state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
    }

    /// Makes ``wakeUp`` unreadable again.
    func clearWakeUp() {
        var count: UInt64 = 0
        _ = read(wakeUp, &count, 8)
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }
}
