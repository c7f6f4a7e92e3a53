import CMicroHTTPD
import Glibc
import Synchronization

/// A thread that owns the sockets of streams. Only this thread writes to them, detects disconnected clients and closes
/// them.
///
/// Other threads send it jobs through one ordered inbox, so that no lock is needed for each stream. All chunks that
/// arrived for a stream meanwhile are written with one system call.
///
/// `@unchecked Sendable` because only its thread accesses everything without a lock.
final class StreamSender: @unchecked Sendable {
    let limits: StreamLoad.Limits
    let configuration: ServerConfiguration
    let census: StreamCensus
    /// All senders of the same server, including this one. Set once, before any of them is used.
    var siblings: [Sibling] = []
    private let inbox = Mutex(Inbox())
    private let wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    private let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let thread = Mutex<Thread?>(nil)
    /// The streams by descriptor.
    var streams: [ResponseStream?] = []
    /// The chunks to send.
    var chunks = ChunkTable()
    /// The descriptors of streams with something to write.
    var dirty: [Int32] = []
    /// The descriptors of streams that had their turn in this round and have more to write.
    var unfinished: [Int32] = []
    let vectors = UnsafeMutableBufferPointer<iovec>.allocate(capacity: 128)
    var now = Clock.now
    private var nextUpkeep: UInt64 = 0
    /// When the remaining streams are cut, once the server stops.
    var end: UInt64?
    let linger: @Sendable (Int32) -> Void
    let keepAlive: StreamChunk?

    /// The most waiting publications, multiplied by their streams; each is a pointer in a list.
    static let backlogLimit = 1 << 18

    struct Sibling { weak var sender: StreamSender? }

    init(_ configuration: ServerConfiguration, _ census: StreamCensus, linger: @escaping @Sendable (Int32) -> Void) {
        self.configuration = configuration
        self.census = census
        self.linger = linger
        keepAlive = configuration.keepAliveChunk.isEmpty ? nil : StreamChunk(configuration.keepAliveChunk)
        limits = StreamLoad.Limits(bytes: configuration.streamQueueBytes, chunks: configuration.streamQueueChunks)
    }

    deinit {
        Glibc.close(wakeUp)
        Glibc.close(poll)
        vectors.deallocate()
    }

    func start() {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.fd = wakeUp
        epoll_ctl(poll, EPOLL_CTL_ADD, wakeUp, &event)
        thread.withLock { $0 = Thread("http-streams") { self.run() } }
    }

    /// Closes all open streams, and returns when the thread has ended.
    func stop() {
        push(.stop)
        thread.withLock { $0.take() }?.join()
    }

    var hasRoom: Bool { inbox.withLock { $0.backlog < Self.backlogLimit } }

    func push(_ job: Job) {
        let (isTaken, wakes) = inbox.withLock { inbox in
            guard !inbox.isOver else { return (false, false) }
            inbox.jobs.append(job)
            if case .publish(_, let streams, _) = job { inbox.backlog += streams.count }
            defer { inbox.isSleeping = false }
            return (true, inbox.isSleeping)
        }
        if wakes {
            var one: UInt64 = 1
            _ = write(wakeUp, &one, 8)
        }
        // The stream was opened while the server stopped.
        if !isTaken, case .open(let stream) = job { bury(stream, .shutDown) }
    }

    private func run() {
        var jobs: [Job] = []
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)
        defer { events.deallocate() }
        nextUpkeep = Clock.now + upkeepInterval
        var isRunning = true
        while isRunning {
            let mayWait = inbox.withLock { inbox in
                inbox.isSleeping = inbox.jobs.isEmpty && dirty.isEmpty
                return inbox.isSleeping
            }
            let wait = mayWait ? Int32((nextUpkeep > now ? nextUpkeep - now : 0) / 1_000_000 + 1) : 0
            let count = epoll_wait(poll, events.baseAddress, Int32(events.count), wait)
            now = Clock.now
            inbox.withLock { inbox in
                inbox.isSleeping = false
                inbox.backlog = 0
                swap(&inbox.jobs, &jobs)
            }
            for event in events.prefix(Int(max(0, count))) { handle(event) }
            for job in jobs { if !perform(job) { isRunning = false } }
            jobs.removeAll(keepingCapacity: jobs.capacity < 4096)
            flush()
            if now >= nextUpkeep {
                nextUpkeep = now + (end == nil ? upkeepInterval : 10_000_000)
                upkeep()
            }
        }
        shutDown()
    }

    /// Handles an event of the kernel. Must be called before a stream is opened or closed in this round, because an
    /// event may be about a descriptor that was closed since; its entry is then empty.
    private func handle(_ event: epoll_event) {
        if event.data.fd == wakeUp {
            var count: UInt64 = 0
            _ = read(wakeUp, &count, 8)
            return
        }
        guard let stream = streams[Int(event.data.fd)] else { return }
        if event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { return end(stream, .clientGone) }
        if event.events & EPOLLRDHUP.rawValue != 0 {
            stream.output.isHalfClosed = true
            touch(stream)
        }
        if event.events & EPOLLOUT.rawValue != 0, stream.output.isBlocked {
            stream.output.isBlocked = false
            touch(stream)
        }
    }

    /// Carries out a job.
    ///
    /// - Returns: false if it is the last one.
    private func perform(_ job: Job) -> Bool {
        switch job {
        case .open(let stream): open(stream)
        case .settle(let stream):
            stream.output.isSettled = true
            if stream.output.isOpen { touch(stream) }
        case .send(let chunk, let stream): queue([chunk], stream)
        case .deliver(let chunks, let stream): queue(chunks, stream)
        case .publish(let chunks, let streams, let refused): publish(chunks, streams, refused)
        case .resume(let stream): stream.output.isSkipped = false
        case .look(let stream):
            stream.answerWaiters(false)
            if stream.output.isOpen { touch(stream) }
        case .end(let time):
            end = time
            nextUpkeep = now
            for case let stream? in streams { stream.finish() }
        case .stop: return false
        }
        return true
    }

    private func open(_ stream: ResponseStream) {
        let socket = stream.output.socket
        while streams.count <= Int(socket) { streams.append(nil) }
        streams[Int(socket)] = stream
        stream.output.isOpen = true
        if let rest = stream.output.unsentHead.take() { stream.output.append(chunks.put(rest)) }
        var event = epoll_event()
        // Edge-triggered: the kernel reports once that a client is gone, or that a full socket has room again.
        event.events = EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        event.data.fd = socket
        if epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) != 0 { return end(stream, .clientGone) }
        if end != nil { stream.finish() }
        touch(stream)
    }

    /// Removes the socket from here and closes it.
    func end(_ stream: ResponseStream, _ ending: ResponseStream.Ending) {
        let socket = stream.output.socket
        streams[Int(socket)] = nil
        stream.output.isOpen = false
        stream.output.clear(&chunks)
        // Not left to the close, because another descriptor may still refer to the same connection.
        epoll_ctl(poll, EPOLL_CTL_DEL, socket, nil)
        bury(stream, ending)
    }

    /// Takes no further jobs and closes the remaining streams.
    private func shutDown() {
        let jobs = inbox.withLock { inbox in
            inbox.isOver = true
            inbox.backlog = 0
            defer { inbox.jobs = [] }
            return inbox.jobs
        }
        for job in jobs { if case .open(let stream) = job { bury(stream, .shutDown) } }
        for case let stream? in streams { end(stream, .shutDown) }
    }
}
