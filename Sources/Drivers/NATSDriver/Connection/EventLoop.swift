import CNATS
import DequeModule
import Glibc
import NestKVStorage
import Synchronization

/// The thread that sends messages to the server and reads from its socket, as libnats's external event loop. Bounded.
///
/// All queued messages are written with one call. libnats's own threads would write each message by itself, and wait
/// for each other's locks at every message.
///
/// `@unchecked Sendable` because everything but the state belongs to the thread.
final class EventLoop: @unchecked Sendable {
    /// Messages that are sent without a pause between them.
    struct Item: Sendable {
        let messages: [Outgoing]
        /// Whether each message is answered, at the inbox with its index; otherwise only the last one is.
        let areAllAnswered: Bool
        /// The subject that replies come to (``Message/inboxPlace``).
        let inbox: String
        let libnats: LibnatsConnection
        /// Asked right before sending: whether the request is still waiting.
        let isWanted: @Sendable () -> Bool
        /// Called if libnats refuses a message.
        let refuse: @Sendable (LibnatsError) -> Void

        var size: Int { messages.reduce(0) { $0 + $1.size } }
    }

    struct State {
        var items: [Item] = []
        /// The bytes of all messages that aren't handed to libnats yet.
        var bytes = 0
        /// The connections to be closed.
        var retired: [LibnatsConnection.Handle] = []
        var sockets: [UInt64: AttachedSocket] = [:]
        var nextID: UInt64 = 1
        var isSleeping = false
        var isClosed = false
    }

    /// The most waiting bytes. One item alone may be larger.
    static let bytesMax = 64 << 20
    /// As many bytes are handed to libnats before they are written.
    private static let writeBytes = 256 << 10

    let state = Mutex(State())
    let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let wakeUp = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    private let timeout: Duration
    private var waiting = Deque<Item>()
    /// Whether replies to the last large batch are missing.
    private var isMissingReplies: (@Sendable () -> Bool)?
    /// What libnats has copied. It frees messages on a thread of its own, which is woken once for many.
    private var sent: [OpaquePointer] = []
    /// The bytes that were handed to libnats and are not yet subtracted from the state's.
    private var released = 0

    /// A loop whose thread runs until it is closed.
    ///
    /// - Parameter timeout: the longest time for which a server may take no bytes.
    init(timeout: Duration) {
        self.timeout = timeout
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        epoll_ctl(poll, EPOLL_CTL_ADD, wakeUp, &event)
        OwnThread.start("nats") { [self] in run() }
    }

    deinit {
        close(poll)
        close(wakeUp)
    }

    /// Queues messages; false if too many bytes are queued.
    func append(_ item: Item) -> Bool {
        let size = item.size
        let (isTaken, wakes) = state.withLock { state in
            guard state.bytes == 0 || state.bytes + size <= Self.bytesMax, !state.isClosed else {
                return (false, false)
            }
            state.items.append(item)
            state.bytes += size
            defer { state.isSleeping = false }
            return (true, state.isSleeping)
        }
        if wakes { ring() }
        return isTaken
    }

    /// Closes a connection of libnats that has no user any more. Only this thread may close its socket, because it also
    /// reads from it.
    func retire(_ handle: LibnatsConnection.Handle) {
        let (isClosed, wakes) = state.withLock { state in
            if !state.isClosed { state.retired.append(handle) }
            defer { state.isSleeping = false }
            return (state.isClosed, state.isSleeping)
        }
        if isClosed { return handle.free() }
        if wakes { ring() }
    }

    /// Ends the thread. Queued messages are dropped.
    func stop() {
        state.withLock { $0.isClosed = true }
        ring()
    }

    /// Wakes the thread if it sleeps.
    func wake() {
        let wakes = state.withLock { state in
            defer { state.isSleeping = false }
            return state.isSleeping
        }
        if wakes { ring() }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }
}

extension EventLoop {
    private func run() {
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 8)
        defer { events.deallocate() }
        var isBlocked = false
        while true {
            rest()
            let mayWait = prepareToSleep()
            let count = epoll_wait(poll, events.baseAddress, 8, !mayWait ? 0 : isBlocked ? 100 : -1)
            let (items, retired, isClosed) = take()
            if isClosed { return end(retired) }
            for event in events.prefix(Int(max(0, count))) { handle(event) }
            for handle in retired { handle.free() }
            waiting.append(contentsOf: items)
            isBlocked = sendWaiting()
        }
    }

    /// Lets answers come in while many are missing. Each read wakes a thread, and the server sends them one by one.
    private func rest() {
        guard let isMissingReplies else { return }
        if isMissingReplies() { usleep(100) } else { self.isMissingReplies = nil }
    }

    private func prepareToSleep() -> Bool {
        state.withLock { state in
            state.bytes -= released
            released = 0
            // libnats's other threads send pings. One that comes from here on finds that this thread sleeps.
            let hasBytes = state.sockets.values.contains { $0.wantsToWrite && !$0.isBlocked }
            state.isSleeping = state.items.isEmpty && state.retired.isEmpty && !state.isClosed && !hasBytes
            return state.isSleeping
        }
    }

    private func take() -> ([Item], [LibnatsConnection.Handle], isClosed: Bool) {
        state.withLock { state in
            state.isSleeping = false
            defer { (state.items, state.retired) = ([], []) }
            return (state.items, state.retired, state.isClosed)
        }
    }

    private func end(_ retired: [LibnatsConnection.Handle]) {
        for handle in retired { handle.free() }
        waiting = []
    }

    private func handle(_ event: epoll_event) {
        guard event.data.u64 != 0 else {
            var count: UInt64 = 0
            _ = read(wakeUp, &count, 8)
            return
        }
        guard let socket = state.withLock({ $0.sockets[event.data.u64] }) else { return }
        if event.events & EPOLLOUT.rawValue != 0, socket.wantsToWrite { socket.flush() }
        if event.events & ~EPOLLOUT.rawValue != 0 { natsConnection_ProcessReadEvent(socket.connection) }
    }

    /// Hands the queued messages to libnats and writes them, as far as the sockets take them.
    ///
    /// - Returns: whether a socket takes no bytes for now.
    private func sendWaiting() -> Bool {
        let sockets = state.withLock { $0.sockets.isEmpty ? [] : Array($0.sockets.values) }
        var isBlocked = flush(sockets)
        while !isBlocked, !waiting.isEmpty {
            var bytes = 0
            while bytes < Self.writeBytes, let item = waiting.popFirst() {
                bytes += item.size
                send(item)
            }
            released += bytes
            isBlocked = flush(sockets)
            for message in sent { natsMsg_Destroy(message) }
            sent.removeAll(keepingCapacity: true)
        }
        return isBlocked
    }

    private func flush(_ sockets: [AttachedSocket]) -> Bool {
        var isBlocked = false
        for socket in sockets {
            if socket.wantsToWrite, !socket.isBlocked { socket.flush() }
            if socket.isBlocked {
                socket.endIfStuck(after: timeout)
                isBlocked = isBlocked || socket.isBlocked
            }
        }
        return isBlocked
    }

    private func send(_ item: Item) {
        guard item.isWanted() else { return }
        if item.areAllAnswered, item.messages.count >= 8 { isMissingReplies = item.isWanted }
        do throws(LibnatsError) {
            for (index, message) in item.messages.enumerated() {
                let isAnswered = item.areAllAnswered || index == item.messages.count - 1
                sent.append(try item.libnats.send(message, reply: isAnswered ? "\(item.inbox)-\(index)" : ""))
            }
        } catch {
            item.refuse(error)
        }
    }
}
