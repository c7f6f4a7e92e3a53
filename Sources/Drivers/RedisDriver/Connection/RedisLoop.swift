import CHiredis
import Glibc
import NestKVStorage

/// The thread that owns the connections. It sends the commands that callers queue, pipelined over one connection, and
/// completes their requests. hiredis 0.14 has neither deadlines nor reconnecting, so the deadlines are here, and
/// reconnecting is in ``Link``.
///
/// Replies are matched by their order alone. So if one is overdue, the connection is dropped with all waiting commands.
///
/// `@unchecked Sendable` because everything but the inbox belongs to the thread.
final class RedisLoop: @unchecked Sendable {
    /// Reported changes that aren't taken in yet.
    let backlog = Backlog()
    private let timeout: Duration
    private weak var listener: (any LoopListener)?
    private let inbox = LoopInbox()
    private let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    /// By channel.
    private var lines = [Line?](repeating: nil, count: Request.Channel.allCases.count)
    private var ears: Line? { lines[Request.Channel.ears.rawValue] }
    /// Connections that ended in this round. hiredis still calls them until its own function returns.
    private var retired: [Line] = []
    private var finished: [@Sendable () -> Void] = []
    private var released = (count: 0, bytes: 0)
    private var nextTick = ContinuousClock.now

    /// A loop whose thread isn't started yet.
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

    /// hiredis writes without MSG_NOSIGNAL, so a write to a lost connection would end the process.
    private static func blockBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    deinit {
        close(poll)
    }

    /// Queues a command; returns why it can't be queued.
    func submit(_ request: Request) -> LinkFailure? { inbox.submit(request) }

    /// Has the thread do something.
    func push(_ job: LoopInbox.Job) { inbox.push(job) }

    /// Sets whether commands are accepted from now on. After ``LoopInbox/Phase/closed`` nothing changes it.
    func enter(_ phase: LoopInbox.Phase) { inbox.enter(phase) }

    private func run() {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = 0
        epoll_ctl(poll, EPOLL_CTL_ADD, inbox.bell, &event)
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 8)
        defer { events.deallocate() }
        var jobs: [LoopInbox.Job] = []
        while true {
            let mayWait = inbox.prepareToSleep(released: released)
            released = (0, 0)
            let count = epoll_wait(poll, events.baseAddress, 8, mayWait ? waitMilliseconds : 0)
            inbox.takeJobs(into: &jobs)
            // Take in what others changed before any reply that came after it.
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
            inbox.silence()
            return
        }
        lines[Int(event.data.u64) - 1]?.handle(event.events)
    }

    /// - Returns: false if it is the last job.
    private func perform(_ job: LoopInbox.Job) -> Bool {
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
            // The connection may be lost since the caller learned that it is there.
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
        inbox.loseConnection()
        for line in dropped { line.drop(failure) }
        listener?.lost(reason)
    }

    private func shutDown(_ rest: ArraySlice<LoopInbox.Job>) {
        enter(.closed)
        dropAll(.lost, "the store was closed")
        let jobs = rest + inbox.takeRest()
        for case .send(let request) in jobs { finish(request, .failure(.closed)) }
        for finish in finished { finish() }
    }
}

extension RedisLoop {
    /// Called when a connection ended by itself. The others are of no use without it.
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
