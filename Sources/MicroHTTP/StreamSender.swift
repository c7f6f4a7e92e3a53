import CMicroHTTPD
import Glibc
import Synchronization

/// A thread that owns the sockets of streams: it alone writes to them, notices that a client is gone, and closes them.
///
/// What others want of it goes through one inbox, in order, so that neither they nor it need a lock for each stream.
/// All that came for a stream meanwhile is written with one system call.
///
/// `@unchecked Sendable` because everything without a lock is touched only by its thread.
final class StreamSender: @unchecked Sendable {
    let limits: StreamLoad.Limits
    let configuration: ServerConfiguration
    let census: StreamCensus
    /// All that belong to the same server, this one, too. Set once, before any of them is used.
    var siblings: [Sibling] = []
    private let inbox = Mutex(Inbox())
    private let wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    private let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let thread = Mutex<Thread?>(nil)
    /// By descriptor.
    var streams: [ResponseStream?] = []
    /// What they have still to send.
    var chunks = ChunkTable()
    /// Descriptors of those that have something to write.
    var dirty: [Int32] = []
    /// Those that have had their turn in this round, and have more.
    var unfinished: [Int32] = []
    let vectors = UnsafeMutableBufferPointer<iovec>.allocate(capacity: 128)
    var now = Clock.now
    private var nextUpkeep: UInt64 = 0
    /// When those that are still open are cut, once the server stops.
    var end: UInt64?
    let linger: @Sendable (Int32) -> Void
    let keepAlive: StreamChunk?

    /// Publications that may wait for it, times the streams that each goes to: each is a pointer in its list.
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

    /// Returns when the thread has ended. Streams that are still open are closed.
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
        // It was opened while the server stopped.
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

    /// Only before anything is opened, or closed, in this round: an event may be about a descriptor that has since been
    /// closed, and then its place is empty.
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

    /// - Returns: false when it is the last one.
    private func perform(_ job: Job) -> Bool {
        switch job {
        case .open(let stream): open(stream)
        case .settle(let stream):
            stream.output.isSettled = true
            if stream.output.isOpen { touch(stream) }
        case .send(let chunk, let stream): queue([chunk], [stream])
        case .deliver(let chunks, let streams): queue(chunks, streams)
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
        // Edges: the kernel tells once that a client is gone, and that a socket which was full takes data again.
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
        // Not left to closing it: another descriptor may still stand for the same connection.
        epoll_ctl(poll, EPOLL_CTL_DEL, socket, nil)
        bury(stream, ending)
    }

    /// Takes no further jobs, and closes what is left.
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
