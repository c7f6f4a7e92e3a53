import DequeModule
import Dispatch
import NestKVStorage
import Synchronization

/// Messages to be sent to the server by a thread of its own, because a full socket must block no task. Bounded.
final class SendQueue: Sendable {
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

    private struct State {
        var items = Deque<Item>()
        var bytes = 0
        var isSenderWaiting = false
        var isClosed = false
    }

    /// The most waiting bytes. One item alone may be larger.
    static let bytesMax = 64 << 20

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    /// A queue whose thread runs until it is closed.
    init() {
        OwnThread.start("nats-send") { [self] in run() }
    }

    /// Queues messages; false if too many bytes are queued.
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

    /// Ends the thread. Queued messages are dropped.
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
        do throws(LibnatsError) {
            for (index, message) in item.messages.enumerated() {
                let isAnswered = item.areAllAnswered || index == item.messages.count - 1
                try item.libnats.send(message, reply: isAnswered ? "\(item.inbox)-\(index)" : "")
            }
        } catch {
            item.refuse(error)
        }
    }
}
