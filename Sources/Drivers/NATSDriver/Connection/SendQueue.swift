import DequeModule
import Dispatch
import NestKVCore
import Synchronization

/// Messages on their way to the server, sent by a thread of its own: a socket may be full, and that must hold nobody
/// up. Bounded.
final class SendQueue: Sendable {
    /// Messages that are sent one right after the other.
    struct Item: Sendable {
        let messages: [Outgoing]
        /// Whether each message is answered, to the inbox with its number; otherwise the last one is.
        let areAllAnswered: Bool
        /// The subject that replies come to (``Message/inboxPlace``).
        let inbox: String
        let link: ServerLink
        /// Asked right before sending: whether anybody waits still.
        let isWanted: @Sendable () -> Bool
        /// Told when libnats refuses a message.
        let refuse: @Sendable (LinkFailure) -> Void

        var size: Int { messages.reduce(0) { $0 + $1.size } }
    }

    private struct State {
        var items = Deque<Item>()
        var bytes = 0
        var isSenderWaiting = false
        var isClosed = false
    }

    /// The most bytes that wait; one item alone may be larger.
    static let bytesMax = 64 << 20

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    /// A queue whose thread runs until it is closed.
    init() {
        OwnThread.start("nats-send") { [self] in run() }
    }

    /// Queues messages; false when too much is queued already.
    func append(_ item: Item) -> Bool {
        let size = item.size
        let (isTaken, rings) = state.withLock { state in
            guard state.items.isEmpty || state.bytes + size <= Self.bytesMax, !state.isClosed else {
                return (false, false)
            }
            state.items.append(item)
            state.bytes += size
            defer { state.isSenderWaiting = false }
            return (true, state.isSenderWaiting)
        }
        if rings { bell.signal() }
        return isTaken
    }

    /// Ends the thread; what is queued is dropped.
    func close() {
        state.withLock { $0.isClosed = true }
        bell.signal()
    }

    private func run() {
        while true {
            let (items, isClosed) = state.withLock { state in
                defer {
                    state.isSenderWaiting = state.items.isEmpty
                    state.items = []
                    state.bytes = 0
                }
                return (state.items, state.isClosed)
            }
            if isClosed { return }
            if items.isEmpty { bell.wait() }
            for item in items { send(item) }
        }
    }

    private func send(_ item: Item) {
        guard item.isWanted() else { return }
        do throws(LinkFailure) {
            for (index, message) in item.messages.enumerated() {
                let isAnswered = item.areAllAnswered || index == item.messages.count - 1
                try item.link.send(message, reply: isAnswered ? "\(item.inbox)-\(index)" : "")
            }
        } catch {
            item.refuse(error)
        }
    }
}
