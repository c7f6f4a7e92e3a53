import CNATS
import Dispatch
import NestKVStorage
import Synchronization

/// The connection's thread: makes libnats connections, enforces deadlines, and checks that the server answers.
extension Connection {
    /// The longest time that a healthy server takes to answer a ping.
    private static let pingTime = Duration.milliseconds(100)

    /// What libnats's callbacks do. A callback may come late, even from a libnats connection that was replaced.
    private func events(ofConnection number: UInt64) -> LibnatsConnection.Events {
        LibnatsConnection.Events(
            receive: { [weak self] in self?.receive($0) }, close: { [weak self] in self?.lose(number) })
    }

    private func receive(_ message: Message) {
        lastHeard.add(1, ordering: .relaxed)
        if state.withLock({ $0.isSilent }) { recover() }
        if let id = message.inboxPlace?.id ?? message.consumerPlace?.id { pending.deliver(message, to: id) }
    }

    /// Makes a libnats connection. Blocks.
    ///
    /// libnats 3.4.1 answers about one in a hundred challenges of a server with a wrong signature. So a signature is
    /// refused only if those of three challenges are.
    func connect() throws(LibnatsError) {
        for _ in 0..<2 {
            do throws(LibnatsError) {
                return try connectOnce()
            } catch {
                guard settings.signIn?.isBySignature == true, error.code == NATS_CONNECTION_AUTH_FAILED else {
                    throw error
                }
            }
        }
        try connectOnce()
    }

    private func connectOnce() throws(LibnatsError) {
        let number = state.withLock { state in
            state.connectionsMade += 1
            return state.connectionsMade
        }
        let libnats = try LibnatsConnection(settings, loop: loop, events: events(ofConnection: number))
        state.withLock { state in
            // The libnats connection may already be lost.
            guard !state.isClosed, state.connectionLost != number else { return }
            state.libnats = libnats
            state.problem = nil
            state.isSilent = false
        }
    }

    /// Replaces the libnats connection whenever it is lost, and enforces deadlines. Blocks until ``close()``.
    func run() {
        var backOff = BackOff()
        while !state.withLock({ $0.isClosed }) {
            if state.withLock({ $0.libnats }) == nil {
                state.withLock { $0.whenLost }()
                do throws(LibnatsError) {
                    try connect()
                    backOff.reset()
                    logger.notice("the connection to the NATS server is back")
                    state.withLock { $0.whenBack }()
                } catch {
                    logger.debug("no connection to a NATS server yet: \(error.message)")
                    explain(error)
                    _ = bell.wait(timeout: .now() + .milliseconds(Int(backOff.next().inMilliseconds)))
                }
                continue
            }
            _ = bell.wait(timeout: .now() + .milliseconds(20))
            watchOverReplies()
        }
    }

    /// Reports why servers that answer can't be used. Such a problem doesn't pass by itself.
    private func explain(_ failure: LibnatsError) {
        guard let text = settings.lastingProblem(failure) else { return }
        let isNews = state.withLock { state in
            guard !state.isClosed, state.problem?.text != text else { return false }
            state.problem = (text, state.problem?.since ?? .now)
            return true
        }
        if isNews { logger.error("\(text)", metadata: ["cause": "\(failure.message)"]) }
    }

    private func lose(_ number: UInt64) {
        let isNews = state.withLock { state in
            state.connectionLost = number
            guard state.libnats != nil, number == state.connectionsMade, !state.isClosed else { return false }
            state.libnats = nil
            if state.problem == nil { state.problem = ("the connection to the NATS server was lost", .now) }
            state.isSilent = false
            return true
        }
        guard isNews else { return }
        logger.warning("the connection to the NATS server was lost")
        pending.failAll(.noAnswer("the connection to the NATS server was lost"))
        bell.signal()
    }

    /// Fails overdue replies. If the server was silent altogether, nothing more is sent until it answers a ping.
    private func watchOverReplies() {
        let now = ContinuousClock.now
        let heard = lastHeard.load(ordering: .relaxed)
        let isLate = pending.failLate()
        state.withLock { state in
            if heard != state.heard.count { state.heard = (heard, now) }
            if isLate, state.libnats != nil, now - state.heard.at >= settings.timeout / 2 { state.isSilent = true }
        }
        probe()
    }

    /// Keeps a ping under way while the server is silent, so that its return is noticed at once. A ping asks this one
    /// server only, whatever happens to the leaders of a cluster. If the ping isn't answered, another server is tried.
    private func probe() {
        let (libnats, number) = state.withLock { state -> (LibnatsConnection?, UInt64) in
            guard state.isSilent, !state.isProbing else { return (nil, 0) }
            state.isProbing = true
            return (state.libnats, state.connectionsMade)
        }
        guard let libnats else { return }
        // A ping blocks, and deadlines must be enforced meanwhile.
        OwnThread.start("nats-ping") { [self] in
            var isAnswered = libnats.ping(atMost: Self.pingTime)
            if !isAnswered {
                reportSilence(ofConnection: number)
                isAnswered = libnats.ping(atMost: settings.timeout)
            }
            state.withLock { $0.isProbing = false }
            if isAnswered {
                recover(ofConnection: number)
            } else if settings.servers.count > 1, state.withLock({ $0.isSilent }) {
                lose(number)
            }
        }
    }

    private func reportSilence(ofConnection number: UInt64) {
        let isNews = state.withLock { state in
            guard state.isSilent, state.connectionsMade == number, state.problem == nil else { return false }
            state.problem = ("the NATS server doesn't answer", .now)
            return true
        }
        if isNews { logger.warning("the NATS server doesn't answer within \(settings.timeout)") }
    }

    private func recover(ofConnection number: UInt64? = nil) {
        let isNews = state.withLock { state in
            guard state.isSilent, number ?? state.connectionsMade == state.connectionsMade else { return false }
            state.isSilent = false
            defer { state.problem = nil }
            return state.problem != nil
        }
        if isNews { logger.notice("the NATS server answers again") }
    }
}
