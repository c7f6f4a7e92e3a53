import CNATS
import Glibc
import Synchronization

/// One connection of libnats to a server. When it is lost, another one replaces it.
///
/// libnats's own reconnecting is off, because it would send later what was written while the server was away.
///
/// `@unchecked Sendable`: any thread may use libnats's connections.
final class LibnatsConnection: @unchecked Sendable {
    private let connection: OpaquePointer
    private let loop: EventLoop
    private let subscriptions = Mutex<[UInt]>([])

    /// The subject below which replies arrive.
    let inbox: String
    /// The most bytes of a message.
    let payloadMax: Int
    /// The address of the connected server.
    let server: String

    /// The handlers of libnats's callbacks.
    final class Events: Sendable {
        let receive: @Sendable (Message) -> Void
        let close: @Sendable () -> Void

        init(receive: @escaping @Sendable (Message) -> Void, close: @escaping @Sendable () -> Void) {
            self.receive = receive
            self.close = close
        }
    }

    /// What is to be freed of a connection without users.
    struct Handle: Sendable {
        fileprivate let connection: UInt
        fileprivate let subscriptions: [UInt]
        fileprivate let socket: AttachedSocket?

        /// Closes the connection and frees it. If a thread still reads from its socket, only that one may do this.
        func free() {
            socket?.end()
            for address in subscriptions { natsSubscription_Destroy(OpaquePointer(bitPattern: address)) }
            natsConnection_Close(OpaquePointer(bitPattern: connection))
            natsConnection_Destroy(OpaquePointer(bitPattern: connection))
        }
    }

    /// Call on the thread that will connect. The threads that it starts don't preempt others when they are woken.
    ///
    /// libnats frees messages and hands them over on threads of its own, which it wakes at each message. Otherwise they
    /// would run for one message each time.
    static func beginThreads() {
        var parameters = sched_param()
        sched_setscheduler(0, Int32(CNATS_SCHED_BATCH), &parameters)
    }

    /// Connects. Blocks, so call it on a thread of its own.
    ///
    /// - Parameter loop: sends and reads.
    init(_ settings: ConnectionSettings, loop: EventLoop, events: Events) throws(LibnatsError) {
        let options = try settings.options()
        defer { natsOptions_Destroy(options) }
        try check(AttachedSocket.use(loop, in: options))
        self.loop = loop
        // The connection's last callback releases this reference.
        let closing = Unmanaged.passRetained(events)
        try check(natsOptions_SetClosedCB(options, connectionClosed, closing.toOpaque()))
        var connection: OpaquePointer?
        let code = natsConnection_Connect(&connection, options)
        guard code == NATS_OK, let connection else {
            closing.release()
            throw LibnatsError(code)
        }
        self.connection = connection
        payloadMax = Int(natsConnection_GetMaxPayload(connection))
        var name = [CChar](repeating: 0, count: 512)
        natsConnection_GetConnectedUrl(connection, &name, name.count)
        server = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var text: UnsafeMutablePointer<CChar>?
        guard natsInbox_Create(&text) == NATS_OK, let text else { throw LibnatsError(NATS_NO_MEMORY) }
        self.inbox = String(cString: text)
        natsInbox_Destroy(text)
        try subscribe(self.inbox + ".*", events)
    }

    deinit {
        loop.retire(
            Handle(
                connection: UInt(bitPattern: connection), subscriptions: subscriptions.withLock { $0 },
                socket: loop.socket(of: connection)))
    }

    /// Subscribes to a subject and hands all messages to the events. Blocks briefly.
    private func subscribe(_ subject: String, _ events: Events) throws(LibnatsError) {
        // The subscription's last callback releases this reference.
        let context = Unmanaged.passRetained(events)
        var subscription: OpaquePointer?
        let code = natsConnection_Subscribe(&subscription, connection, subject, messageReceived, context.toOpaque())
        guard code == NATS_OK, let subscription else {
            context.release()
            throw LibnatsError(code)
        }
        natsSubscription_SetOnCompleteCB(subscription, subscriptionEnded, context.toOpaque())
        natsSubscription_SetPendingLimits(subscription, -1, -1)
        let address = UInt(bitPattern: subscription)
        subscriptions.withLock { $0.append(address) }
    }

    /// Whether the server answers a ping in time. Blocks, so call it on a thread of its own.
    func ping(atMost timeout: Duration) -> Bool {
        natsConnection_FlushTimeout(connection, timeout.inMilliseconds) == NATS_OK
    }

    /// Hands a message to libnats, with a reply subject unless it is empty. The loop writes it then.
    ///
    /// - Returns: libnats's copy, which the caller frees.
    func send(_ message: Outgoing, reply: String) throws(LibnatsError) -> OpaquePointer {
        var pointer: OpaquePointer?
        let code = message.payload.withUnsafeBytes { bytes in
            natsMsg_Create(
                &pointer, message.subject, reply.isEmpty ? nil : reply,
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        guard code == NATS_OK, let pointer else { throw LibnatsError(code) }
        do throws(LibnatsError) {
            for (name, value) in message.headers { try check(natsMsgHeader_Set(pointer, name, value)) }
            try check(natsConnection_PublishMsg(connection, pointer))
        } catch {
            natsMsg_Destroy(pointer)
            throw error
        }
        return pointer
    }
}

/// An error of libnats.
struct LibnatsError: Error {
    /// libnats's code.
    let code: natsStatus
    /// libnats's text.
    let message: String

    /// The failure that a function of libnats has just returned on this thread.
    init(_ code: natsStatus) {
        self.code = code
        var last = NATS_OK
        let detail = nats_GetLastError(&last).map { String(cString: $0) } ?? ""
        let words = String(cString: natsStatus_GetText(code))
        message = last == code && !detail.isEmpty ? "\(words): \(detail)" : words
    }
}

/// Throws unless the status is OK.
func check(_ code: natsStatus) throws(LibnatsError) {
    guard code == NATS_OK else { throw LibnatsError(code) }
}

private let connectionClosed: natsConnectionHandler = { _, context in
    // Retained when the connection was made. This is its last callback.
    Unmanaged<LibnatsConnection.Events>.fromOpaque(context!).takeRetainedValue().close()
}

private let messageReceived: natsMsgHandler = { _, _, message, context in
    guard let message else { return }
    Unmanaged<LibnatsConnection.Events>.fromOpaque(context!).takeUnretainedValue().receive(Message(owning: message))
}

private let subscriptionEnded: natsOnCompleteCB = { context in
    // Retained when the subscription was made. This is its last callback.
    Unmanaged<LibnatsConnection.Events>.fromOpaque(context!).release()
}
