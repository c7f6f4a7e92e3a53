import Dispatch
import Logging
import NestKVCore
import Synchronization

/// The connection to the servers: requests in any number at once, replies by number, a deadline for each, and a new link
/// whenever one is lost.
///
/// While no server answers, requests fail at once and nothing is sent. What was sent on a link that is gone is never sent
/// again.
final class Connection: Sendable {
    private struct State {
        var link: ServerLink?
        var linksMade: UInt64 = 0
        /// The number of the link that was lost last.
        var linkLost: UInt64 = 0
        /// What is wrong, and since when.
        var problem: (text: String, since: Timestamp)?
        /// Whether the link is there and the server says nothing.
        var isSilent = false
        var isProbing = false
        var isClosed = false
    }

    /// The most requests in flight.
    static let requestsMax = 16_384

    private let settings: ConnectionSettings
    private let logger: Logger
    private let state = Mutex(State())
    private let pending: PendingReplies
    private let queue = SendQueue()
    private let bell = DispatchSemaphore(value: 0)
    private let lastHeard = Atomic<UInt64>(0)

    private init(_ settings: ConnectionSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
        pending = PendingReplies(timeout: settings.timeout, countMax: Self.requestsMax)
    }

    /// Connects.
    ///
    /// - Throws: ``DriverError`` `.configuration` for one who starts the service.
    static func open(_ settings: ConnectionSettings, logger: Logger) async throws -> Connection {
        let connection = Connection(settings, logger: logger)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            OwnThread.start {
                do throws(LinkFailure) {
                    try connection.connect()
                    continuation.resume()
                } catch {
                    connection.queue.close()
                    continuation.resume(throwing: settings.startError(error))
                    return
                }
                connection.run()
            }
        }
        return connection
    }

    /// What is wrong and since when; nil when all is well.
    var problem: (text: String, since: Timestamp)? { state.withLock { $0.problem } }

    /// The most bytes of a message.
    var payloadMax: Int { state.withLock { $0.link?.payloadMax } ?? 1 << 20 }

    /// Sends a message and waits for its one reply.
    func request(_ message: Outgoing) async throws(ConnectionFailure) -> Message {
        try await request([message])
    }

    /// Sends messages one right after the other and waits for the last one's reply.
    func request(_ messages: [Outgoing]) async throws(ConnectionFailure) -> Message {
        let reply = Mutex<Message?>(nil)
        try await exchange(messages) { message in
            reply.withLock { $0 = message }
            return true
        }
        guard let message = reply.withLock({ $0 }) else { throw .noAnswer("the reply is missing") }
        return message
    }

    /// Sends messages and hands over what comes back until `receive` says that it was the last. Each must come within the
    /// timeout after the one before.
    ///
    /// - Parameters:
    ///   - id: a number from ``reserve()`` that a consumer's messages find the way back by.
    ///   - isTelling: whether the server hangs when nothing comes in time.
    ///   - receive: called on libnats's thread, one message at a time.
    func exchange(
        _ messages: [Outgoing], id reserved: UInt64? = nil, isTelling: Bool = true,
        receive: @escaping @Sendable (Message) -> Bool
    ) async throws(ConnectionFailure) {
        let result: Result<Void, ConnectionFailure> = await withCheckedContinuation { continuation in
            let once = Once(continuation)
            begin(
                messages, id: reserved, isTelling: isTelling,
                receive: { message in
                    guard receive(message) else { return false }
                    once.resume(.success(()))
                    return true
                }, fail: { once.resume(.failure($0)) })
        }
        try result.get()
    }

    /// Sends messages one right after the other and waits for the reply to each.
    func requestEach(_ messages: [Outgoing]) async -> [Result<Message, ConnectionFailure>] {
        guard !messages.isEmpty else { return [] }
        return await withCheckedContinuation { continuation in
            let replies = Replies(messages.count, continuation)
            begin(messages, areAllAnswered: true, receive: { replies.take($0) }, fail: { replies.fail($0) })
        }
    }

    /// Sends messages; `receive` gets what comes back until it says that it was the last, or `fail` is told why there is
    /// nothing more.
    private func begin(
        _ messages: [Outgoing], areAllAnswered: Bool = false, id reserved: UInt64? = nil, isTelling: Bool = true,
        receive: @escaping @Sendable (Message) -> Bool, fail: @escaping @Sendable (ConnectionFailure) -> Void
    ) {
        guard let id = pending.add(as: reserved, isTelling: isTelling, receive: receive, fail: fail) else {
            return fail(.notSent("\(Self.requestsMax) requests wait for an answer already"))
        }
        let link = state.withLock { state -> Result<ServerLink, ConnectionFailure> in
            guard let link = state.link, !state.isSilent else {
                return .failure(.notSent(state.problem?.text ?? "the connection is closed"))
            }
            return .success(link)
        }
        switch link {
        case .failure(let failure): pending.remove(id)?.fail(failure)
        case .success(let link): submit(messages, areAllAnswered: areAllAnswered, id, link)
        }
    }

    /// A number for an exchange.
    func reserve() -> UInt64 { pending.reserve() }

    private func submit(_ messages: [Outgoing], areAllAnswered: Bool = false, _ id: UInt64, _ link: ServerLink) {
        // Headers' line ends and the frame besides what is counted.
        if let size = messages.map({ $0.size + 4 * $0.headers.count + 32 }).max(), size > link.payloadMax {
            pending.remove(id)?.fail(.tooLarge(limit: link.payloadMax))
            return
        }
        let pending = pending
        let item = SendQueue.Item(
            messages: messages, areAllAnswered: areAllAnswered, inbox: "\(link.inbox).\(id)", link: link,
            isWanted: { pending.isWaiting(id) },
            refuse: { pending.remove(id)?.fail(.noAnswer($0.message)) })
        if !queue.append(item) { pending.remove(id)?.fail(.notSent("too much waits to be sent")) }
    }

    /// Closes the connection. Whoever waits is failed.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.problem = ("the store is shut down", .now)
            state.link = nil
        }
        queue.close()
        pending.failAll(.noAnswer("the store was shut down"))
        bell.signal()
    }
}

// MARK: Upkeep

extension Connection {
    /// What libnats's callbacks do. They may come late, also from a link that another has replaced.
    private func events(ofLink number: UInt64) -> ServerLink.Events {
        ServerLink.Events(
            receive: { [weak self] in self?.receive($0) }, close: { [weak self] in self?.lose(number) })
    }

    private func receive(_ message: Message) {
        lastHeard.add(1, ordering: .relaxed)
        if state.withLock({ $0.isSilent }) { recover() }
        if let place = message.inboxPlace {
            pending.deliver(message, to: place.id)
        } else if let place = message.consumerPlace {
            pending.deliver(message, to: place.id)
        }
    }

    /// Makes a link. Blocks.
    private func connect() throws(LinkFailure) {
        let number = state.withLock { state in
            state.linksMade += 1
            return state.linksMade
        }
        let link = try ServerLink(settings, events: events(ofLink: number))
        state.withLock { state in
            // It may have been lost already.
            guard !state.isClosed, state.linkLost != number else { return }
            state.link = link
            state.problem = nil
            state.isSilent = false
        }
    }

    private func run() {
        var backOff = BackOff()
        while !state.withLock({ $0.isClosed }) {
            if state.withLock({ $0.link }) == nil {
                do throws(LinkFailure) {
                    try connect()
                    backOff.reset()
                    logger.notice("the connection to the NATS server is back")
                } catch {
                    logger.debug("no connection to a NATS server yet: \(error.message)")
                    _ = bell.wait(timeout: .now() + .milliseconds(Int(backOff.next().inMilliseconds)))
                }
                continue
            }
            _ = bell.wait(timeout: .now() + .milliseconds(20))
            watchOverReplies()
        }
    }

    private func lose(_ number: UInt64) {
        let isNews = state.withLock { state in
            state.linkLost = number
            guard state.link != nil, number == state.linksMade, !state.isClosed else { return false }
            state.link = nil
            if state.problem == nil { state.problem = ("the connection to the NATS server was lost", .now) }
            state.isSilent = false
            return true
        }
        guard isNews else { return }
        logger.warning("the connection to the NATS server was lost")
        pending.failAll(.noAnswer("the connection to the NATS server was lost"))
        bell.signal()
    }

    private func watchOverReplies() {
        let heard = lastHeard.load(ordering: .relaxed)
        guard pending.failLate(), lastHeard.load(ordering: .relaxed) == heard else { return probe() }
        let isNews = state.withLock { state in
            guard state.link != nil, !state.isSilent else { return false }
            state.isSilent = true
            state.problem = ("the NATS server doesn't answer", .now)
            return true
        }
        if isNews { logger.warning("the NATS server doesn't answer within \(settings.timeout)") }
        probe()
    }

    /// While the server is silent one small request is always under way, so that its return is heard at once.
    private func probe() {
        let link = state.withLock { state -> ServerLink? in
            guard state.isSilent, !state.isProbing else { return nil }
            state.isProbing = true
            return state.link
        }
        guard let link else { return }
        let done: @Sendable () -> Void = { [weak self] in self?.state.withLock { $0.isProbing = false } }
        let id = pending.add(
            receive: { _ in
                done()
                return true
            }, fail: { _ in done() })
        if let id { submit([Outgoing(subject: "$JS.API.INFO")], id, link) } else { done() }
    }

    private func recover() {
        let isNews = state.withLock { state in
            guard state.isSilent else { return false }
            state.isSilent = false
            state.problem = nil
            return true
        }
        if isNews { logger.notice("the NATS server answers again") }
    }
}
