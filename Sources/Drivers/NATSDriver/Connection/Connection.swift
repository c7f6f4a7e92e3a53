import Dispatch
import Logging
import NestKVStorage
import Synchronization

/// The connection to the servers: any number of requests at once, replies matched by number, a deadline for each, and a
/// new libnats connection whenever one is lost.
///
/// While no server answers, requests fail at once and nothing is sent. What was sent on a lost libnats connection
/// is never sent again.
final class Connection: Sendable {
    struct State {
        var libnats: LibnatsConnection?
        var connectionsMade: UInt64 = 0
        /// The number of the latest lost libnats connection.
        var connectionLost: UInt64 = 0
        /// The present problem, and its beginning.
        var problem: (text: String, since: Timestamp)?
        /// Whether the libnats connection exists but the server is silent.
        var isSilent = false
        var isProbing = false
        /// The number of messages that have come, and when it last rose.
        var heard: (count: UInt64, at: ContinuousClock.Instant) = (0, .now)
        var isClosed = false
        /// Called before a new libnats connection is made in place of a lost one.
        var whenLost: @Sendable () -> Void = {}
        /// Called when a new libnats connection has replaced a lost one.
        var whenBack: @Sendable () -> Void = {}
    }

    /// The most requests in flight.
    static let requestsMax = 16_384

    let settings: ConnectionSettings
    let logger: Logger
    let state = Mutex(State())
    let pending: PendingReplies
    let loop: EventLoop
    let bell = DispatchSemaphore(value: 0)
    let lastHeard = Atomic<UInt64>(0)

    private init(_ settings: ConnectionSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
        loop = EventLoop(timeout: settings.timeout)
        pending = PendingReplies(timeout: settings.timeout, countMax: Self.requestsMax)
    }

    /// Connects.
    ///
    /// - Throws: ``DriverError`` `.configuration` with what the user who starts the service can do.
    static func open(_ settings: ConnectionSettings, logger: Logger) async throws(DriverError) -> Connection {
        let connection = Connection(settings, logger: logger)
        try await withTypedContinuation { (continuation: TypedContinuation<Void, DriverError>) in
            OwnThread.start("nats-connect") {
                LibnatsConnection.beginThreads()
                do throws(LibnatsError) {
                    try connection.connect()
                    continuation.resume(returning: ())
                } catch {
                    connection.loop.stop()
                    continuation.resume(throwing: settings.startError(error))
                    return
                }
                connection.run()
            }
        }
        return connection
    }

    /// Sets what to call whenever there is no libnats connection, before each attempt to make a new one.
    func whenLost(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.whenLost = body } }

    /// Sets what to call whenever a new libnats connection replaces a lost one.
    func whenBack(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.whenBack = body } }

    /// The present problem and its beginning; nil if there is no problem.
    var problem: (text: String, since: Timestamp)? { state.withLock { $0.problem } }

    /// The most bytes of a message.
    var payloadMax: Int { state.withLock { $0.libnats?.payloadMax } ?? 1 << 20 }

    /// Sends a message and waits for its one reply.
    ///
    /// - Parameter provesHang: whether a missing reply means that the server hangs; false if the user may lack the
    ///   permission.
    func request(_ message: Outgoing, provesHang: Bool = true) async throws(ConnectionFailure) -> Message {
        try await request([message], provesHang: provesHang)
    }

    /// Sends messages one right after the other and waits for the reply to the last one.
    func request(_ messages: [Outgoing], provesHang: Bool = true) async throws(ConnectionFailure) -> Message {
        let reply = Mutex<Message?>(nil)
        try await exchange(messages, provesHang: provesHang) { message in
            reply.withLock { $0 = message }
            return true
        }
        guard let message = reply.withLock({ $0 }) else { throw .noAnswer("the reply is missing") }
        return message
    }

    /// Sends messages and hands over what comes back until `receive` returns true. Each message must come within the
    /// timeout after the one before.
    ///
    /// - Parameters:
    ///   - id: a number from ``reserve()`` by which a consumer's messages are matched.
    ///   - provesHang: whether a missing message means that the server hangs.
    ///   - receive: called on libnats's thread, one message at a time; returns true for the last one.
    func exchange(
        _ messages: [Outgoing], id reserved: UInt64? = nil, provesHang: Bool = true,
        receive: @escaping @Sendable (Message) -> Bool
    ) async throws(ConnectionFailure) {
        try await withTypedContinuation { (continuation: TypedContinuation<Void, ConnectionFailure>) in
            let once = Once(continuation)
            begin(
                messages, id: reserved, provesHang: provesHang,
                receive: { message in
                    guard receive(message) else { return false }
                    once.resume(.success(()))
                    return true
                }, fail: { once.resume(.failure($0)) })
        }
    }

    /// Sends messages one right after the other and waits for the reply to each.
    func requestEach(_ messages: [Outgoing]) async -> [Result<Message, ConnectionFailure>] {
        guard !messages.isEmpty else { return [] }
        return await withCheckedContinuation { continuation in
            let replies = Replies(messages.count, continuation)
            begin(messages, areAllAnswered: true, receive: { replies.take($0) }, fail: { replies.fail($0) })
        }
    }

    /// Sends messages. `receive` gets the replies until it returns true for the last one; otherwise `fail` gets the
    /// reason why no more come.
    private func begin(
        _ messages: [Outgoing], areAllAnswered: Bool = false, id reserved: UInt64? = nil, provesHang: Bool = true,
        receive: @escaping @Sendable (Message) -> Bool, fail: @escaping @Sendable (ConnectionFailure) -> Void
    ) {
        guard let id = pending.add(as: reserved, provesHang: provesHang, receive: receive, fail: fail) else {
            return fail(.notSent("\(Self.requestsMax) requests are waiting for a reply already"))
        }
        let libnats = state.withLock { state -> Result<LibnatsConnection, ConnectionFailure> in
            guard let libnats = state.libnats, !state.isSilent else {
                return .failure(.notSent(state.problem?.text ?? "the NATS server doesn't answer"))
            }
            return .success(libnats)
        }
        switch libnats {
        case .failure(let failure): pending.remove(id)?.fail(failure)
        case .success(let libnats): submit(messages, areAllAnswered: areAllAnswered, id, libnats)
        }
    }

    /// A number for an exchange.
    func reserve() -> UInt64 { pending.reserve() }

    private func submit(_ messages: [Outgoing], areAllAnswered: Bool, _ id: UInt64, _ libnats: LibnatsConnection) {
        // Includes the headers' line ends and the protocol's frame, which `size` doesn't count.
        if let size = messages.map({ $0.size + 4 * $0.headers.count + 32 }).max(), size > libnats.payloadMax {
            pending.remove(id)?.fail(.tooLarge(limit: libnats.payloadMax))
            return
        }
        let pending = pending
        let item = EventLoop.Item(
            messages: messages, areAllAnswered: areAllAnswered, inbox: "\(libnats.inbox).\(id)", libnats: libnats,
            isWanted: { pending.isWaiting(id) },
            refuse: { pending.remove(id)?.fail(.noAnswer($0.message)) })
        if !loop.append(item) { pending.remove(id)?.fail(.notSent("too many bytes are waiting to be sent")) }
    }

    /// Closes the connection. All waiting requests fail.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.problem = ("the store is shut down", .now)
            state.libnats = nil
        }
        loop.stop()
        pending.failAll(.noAnswer("the store was shut down"))
        bell.signal()
    }
}
