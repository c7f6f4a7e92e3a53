import CHiredis
import Glibc
import NestKVStorage

/// The event loop of hiredis: the thread that owns the connections. It sends the commands that callers queue, pipelined
/// over one connection, and completes their requests. hiredis 0.14 has neither deadlines nor reconnecting, so the
/// deadlines are here, and reconnecting is in ``RedisClient``.
///
/// Replies are matched by their order alone. So if one is overdue, the connection is dropped with all waiting commands.
///
/// `@unchecked Sendable` because everything but the inbox belongs to the thread.
final class EventLoop: @unchecked Sendable {
    /// Whether the server has reported changes that aren't taken in yet.
    let pendingInvalidations = PendingInvalidations()
    private let timeout: Duration
    private weak var delegate: (any EventLoopDelegate)?
    private let inbox = EventLoopInbox()
    private let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    /// By role.
    private var connections = [RedisConnection?](repeating: nil, count: RedisConnection.Role.allCases.count)
    private var invalidations: RedisConnection? { connections[RedisConnection.Role.invalidations.rawValue] }
    /// Connections that ended in this round. hiredis still calls them until its own function returns.
    private var retired: [RedisConnection] = []
    private var finished: [@Sendable () -> Void] = []
    private var released = (count: 0, bytes: 0)
    private var nextTick = ContinuousClock.now

    /// A loop whose thread isn't started yet.
    init(timeout: Duration) {
        self.timeout = timeout
    }

    /// Starts the thread.
    func start(delegate: any EventLoopDelegate) {
        self.delegate = delegate
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
    func submit(_ request: Request) -> RedisFailure? { inbox.submit(request) }

    /// Has the thread do something.
    func push(_ job: EventLoopInbox.Job) { inbox.push(job) }

    /// Sets whether commands are accepted from now on. After ``EventLoopInbox/Phase/closed`` nothing changes it.
    func enter(_ phase: EventLoopInbox.Phase) { inbox.enter(phase) }

    private func run() {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = 0
        epoll_ctl(poll, EPOLL_CTL_ADD, inbox.wakeUp, &event)
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 8)
        defer { events.deallocate() }
        var jobs: [EventLoopInbox.Job] = []
        while true {
            let mayWait = inbox.prepareToSleep(released: released)
            released = (0, 0)
            let count = epoll_wait(poll, events.baseAddress, 8, mayWait ? waitMilliseconds : 0)
            inbox.takeJobs(into: &jobs)
            // Take in what others changed before any reply that came after it.
            invalidations?.drain()
            for event in events.prefix(Int(max(0, count))) { handle(event) }
            invalidations?.drain()
            for (index, job) in jobs.enumerated() where !perform(job) { return shutDown(jobs[(index + 1)...]) }
            jobs.removeAll(keepingCapacity: jobs.capacity < 4096)
            for connection in connections { connection?.flush() }
            enforceDeadlines()
            let done = finished
            finished.removeAll(keepingCapacity: finished.capacity < 4096)
            for finish in done { finish() }
            retired.removeAll()
        }
    }

    private var waitMilliseconds: Int32 {
        var next = nextTick
        for connection in connections { if let deadline = connection?.deadline(timeout) { next = min(next, deadline) } }
        let wait = next - .now
        return wait <= .zero ? 0 : Int32(min(wait / .milliseconds(1), 10_000)) + 1
    }

    private func handle(_ event: epoll_event) {
        guard event.data.u64 != 0 else {
            inbox.clearWakeUp()
            return
        }
        connections[Int(event.data.u64) - 1]?.handle(event.events)
    }

    /// - Returns: false if it is the last job.
    private func perform(_ job: EventLoopInbox.Job) -> Bool {
        switch job {
        case .send(let request):
            if let connection = connections[request.role.rawValue] {
                connection.send(request)
            } else {
                finish(request, .failure(.notConnected(problem: "Not connected.")))
            }
        case .connect(let role, let address, let connected):
            connections[role.rawValue] = RedisConnection(role, to: address, in: self, connected: connected)
        case .subscribe(let command):
            // The connection may be lost since the caller learned that it is there.
            guard let invalidations else {
                delegate?.disconnected("the connection was closed")
                break
            }
            invalidations.subscribe(command)
        case .drop(let failure, let reason): dropAll(failure, reason)
        case .stop: return false
        }
        return true
    }

    private func enforceDeadlines() {
        let now = ContinuousClock.now
        for connection in connections {
            if let deadline = connection?.deadline(timeout), deadline <= now {
                dropAll(.timedOut, "it didn't answer within \(timeout)")
            }
        }
        guard now >= nextTick else { return }
        nextTick = now + .milliseconds(250)
        delegate?.tick()
    }

    private func dropAll(_ failure: RedisFailure, _ reason: String) {
        let dropped = connections.compactMap { $0 }
        guard !dropped.isEmpty else { return }
        retired += dropped
        connections = connections.map { _ in nil }
        inbox.loseConnection()
        for connection in dropped { connection.drop(failure) }
        delegate?.disconnected(reason)
    }

    private func shutDown(_ rest: ArraySlice<EventLoopInbox.Job>) {
        enter(.closed)
        dropAll(.connectionLost, "the store was closed")
        let jobs = rest + inbox.takeRest()
        for case .send(let request) in jobs { finish(request, .failure(.closed)) }
        for finish in finished { finish() }
    }
}

extension EventLoop {
    /// Called when a connection ended by itself. The others are of no use without it.
    func disconnected(_ connection: RedisConnection, _ reason: String) {
        guard connections.contains(where: { $0 === connection }) else { return }
        dropAll(.connectionLost, reason)
    }

    func finish(_ request: Request, _ result: Result<Reply, RedisFailure>) {
        released.count += 1
        released.bytes += request.command.bytes.count
        finished.append(request.complete(result))
    }

    func received(_ message: Reply) {
        delegate?.received(message)
    }

    func watch(_ socket: Int32, _ connection: RedisConnection, _ events: UInt32, isNew: Bool, wasNew isLast: Bool) {
        var event = epoll_event()
        event.events = events
        event.data.u64 = UInt64(connection.role.rawValue) + 1
        epoll_ctl(poll, isNew ? EPOLL_CTL_ADD : isLast ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, socket, &event)
    }
}
