import Dispatch
import NestKVCore
import Synchronization

/// The connection's thread: links, deadlines, and whether the server answers.
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
    func connect() throws(LinkFailure) {
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

    /// Makes a new link whenever there is none, and watches over replies. Blocks until all is closed.
    func run() {
        var backOff = BackOff()
        while !state.withLock({ $0.isClosed }) {
            if state.withLock({ $0.link }) == nil {
                do throws(LinkFailure) {
                    try connect()
                    backOff.reset()
                    logger.notice("the connection to the NATS server is back")
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

    /// Says what keeps servers that answer from being used: it won't pass by itself.
    private func explain(_ failure: LinkFailure) {
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
