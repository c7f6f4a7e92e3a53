import CHiredis
import DequeModule
import Glibc
import NestKVCore
import Synchronization

/// The thread that owns the connections: it sends what callers queue, pipelined over one connection, and completes
/// their requests. hiredis 0.14 has neither deadlines nor reconnecting, so the deadlines are here and reconnecting is
/// ``Link``'s.
///
/// Replies are told by their order alone. So when one is overdue the connection is dropped, with all that wait on it.
///
/// `@unchecked Sendable` because everything but the inbox belongs to the thread.
final class RedisLoop: @unchecked Sendable {
    /// What the thread is asked to do.
    enum Job: Sendable {
        case send(Request)
        case connect(Request.Channel, RedisAddress, @Sendable (String?) -> Void)
        case subscribe(Command)
        case drop(LinkFailure, String)
        case stop
    }

    /// Whether commands are taken.
    enum Phase: Sendable {
        case down(problem: String)
        case up
        case closed
    }

    private struct Inbox {
        var jobs: [Job] = []
        var phase = Phase.down(problem: "The store is not connected yet.")
        var isSleeping = false
        /// Commands without a reply yet, and their bytes.
        var waiting = 0
        var bytes = 0
    }

    /// The most commands that wait for replies.
    static let requestsMax = 16_384
    /// The most bytes of them; one alone may be larger.
    static let bytesMax = 128 << 20

    /// What was told of changes and isn't taken in yet.
    let backlog = Backlog()
    private let timeout: Duration
    private weak var listener: (any LoopListener)?
    private let inbox = Mutex(Inbox())
    private let bell = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    private let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    /// By channel.
    private var lines = [Line?](repeating: nil, count: Request.Channel.allCases.count)
    private var ears: Line? { lines[Request.Channel.ears.rawValue] }
    /// Ended in this round: hiredis still calls them until its own function returns.
    private var retired: [Line] = []
    private var finished: [@Sendable () -> Void] = []
    private var released = (count: 0, bytes: 0)
    private var nextTick = ContinuousClock.now

    /// A loop without its thread.
    init(timeout: Duration) {
        self.timeout = timeout
    }

    /// Starts the thread.
    func start(listener: any LoopListener) {
        self.listener = listener
        OwnThread.start("redis") {
            Self.blockBrokenPipes()
            self.run()
        }
    }

    /// hiredis writes without MSG_NOSIGNAL: a connection that is gone would end the process.
    private static func blockBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    deinit {
        close(bell)
        close(poll)
    }

    /// Queues a command; gives why it can't be.
    func submit(_ request: Request) -> LinkFailure? {
        let size = request.command.bytes.count
        let (refusal, rings) = inbox.withLock { inbox -> (LinkFailure?, Bool) in
            switch inbox.phase {
            case .closed: return (.closed, false)
            case .down(let problem) where !request.isHandshake: return (.away(problem: problem), false)
            case .down, .up: break
            }
            let isFull = inbox.waiting >= Self.requestsMax || inbox.bytes + size > Self.bytesMax
            guard !isFull || inbox.waiting == 0 else { return (.full, false) }
            inbox.jobs.append(.send(request))
            inbox.waiting += 1
            inbox.bytes += size
            defer { inbox.isSleeping = false }
            return (nil, inbox.isSleeping)
        }
        if rings { ring() }
        return refusal
    }

    /// Has the thread do something.
    func push(_ job: Job) {
        let rings = inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.isSleeping = false }
            return inbox.isSleeping
        }
        if rings { ring() }
    }

    /// Says whether commands are taken from now on. Nothing reopens what is closed.
    func enter(_ phase: Phase) {
        inbox.withLock { inbox in
            if case .closed = inbox.phase { return }
            inbox.phase = phase
        }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    private func run() {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = 0
        epoll_ctl(poll, EPOLL_CTL_ADD, bell, &event)
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 8)
        defer { events.deallocate() }
        var jobs: [Job] = []
        while true {
            let mayWait = inbox.withLock { inbox in
                inbox.waiting -= released.count
                inbox.bytes -= released.bytes
                inbox.isSleeping = inbox.jobs.isEmpty
                return inbox.jobs.isEmpty
            }
            released = (0, 0)
            let count = epoll_wait(poll, events.baseAddress, 8, mayWait ? waitMilliseconds : 0)
            inbox.withLock { inbox in
                inbox.isSleeping = false
                swap(&inbox.jobs, &jobs)
            }
            // What others changed is heard before any reply that came after it.
            ears?.drain()
            for event in events.prefix(Int(max(0, count))) { handle(event) }
            ears?.drain()
            for (index, job) in jobs.enumerated() where !perform(job) { return shutDown(jobs[(index + 1)...]) }
            jobs.removeAll(keepingCapacity: jobs.capacity < 4096)
            for line in lines { line?.flush() }
            enforceDeadlines()
            let done = finished
            finished.removeAll(keepingCapacity: finished.capacity < 4096)
            for finish in done { finish() }
            retired.removeAll()
        }
    }

    private var waitMilliseconds: Int32 {
        var next = nextTick
        for line in lines { if let deadline = line?.deadline(timeout) { next = min(next, deadline) } }
        let wait = next - .now
        return wait <= .zero ? 0 : Int32(min(wait / .milliseconds(1), 10_000)) + 1
    }

    private func handle(_ event: epoll_event) {
        guard event.data.u64 != 0 else {
            var count: UInt64 = 0
            _ = read(bell, &count, 8)
            return
        }
        lines[Int(event.data.u64) - 1]?.handle(event.events)
    }

    /// - Returns: false when it is the last one.
    private func perform(_ job: Job) -> Bool {
        switch job {
        case .send(let request):
            if let line = lines[request.channel.rawValue] {
                line.send(request)
            } else {
                finish(request, .failure(.away(problem: "Not connected.")))
            }
        case .connect(let channel, let address, let connected):
            lines[channel.rawValue] = Line(channel, to: address, in: self, connected: connected)
        case .subscribe(let command):
            // Lost since the caller was told that it is there.
            if let ears { ears.subscribe(command) } else { listener?.lost("the connection was closed") }
        case .drop(let failure, let reason): dropAll(failure, reason)
        case .stop: return false
        }
        return true
    }

    private func enforceDeadlines() {
        let now = ContinuousClock.now
        for line in lines {
            if let deadline = line?.deadline(timeout), deadline <= now {
                dropAll(.expired, "it didn't answer within \(timeout)")
            }
        }
        guard now >= nextTick else { return }
        nextTick = now + .milliseconds(250)
        listener?.tick()
    }

    private func dropAll(_ failure: LinkFailure, _ reason: String) {
        let dropped = lines.compactMap { $0 }
        guard !dropped.isEmpty else { return }
        retired += dropped
        lines = lines.map { _ in nil }
        inbox.withLock { if case .up = $0.phase { $0.phase = .down(problem: "The connection to Redis was lost.") } }
        for line in dropped { line.drop(failure) }
        listener?.lost(reason)
    }

    private func shutDown(_ rest: ArraySlice<Job>) {
        enter(.closed)
        dropAll(.lost, "the store was closed")
        let jobs = inbox.withLock { inbox in
            defer { inbox.jobs = [] }
            return rest + inbox.jobs
        }
        for case .send(let request) in jobs { finish(request, .failure(.closed)) }
        for finish in finished { finish() }
    }
}

extension RedisLoop {
    /// A connection ended by itself: the others are of no use without it.
    func lost(_ line: Line, _ reason: String) {
        guard lines.contains(where: { $0 === line }) else { return }
        dropAll(.lost, reason)
    }

    func finish(_ request: Request, _ result: Result<Reply, LinkFailure>) {
        released.count += 1
        released.bytes += request.command.bytes.count
        finished.append(request.complete(result))
    }

    func heard(_ message: Reply) {
        listener?.heard(message)
    }

    func watch(_ socket: Int32, _ line: Line, _ events: UInt32, isNew: Bool, wasNew isLast: Bool) {
        var event = epoll_event()
        event.events = events
        event.data.u64 = UInt64(line.channel.rawValue) + 1
        epoll_ctl(poll, isNew ? EPOLL_CTL_ADD : isLast ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, socket, &event)
    }
}
