import CHiredis
import DequeModule
import Glibc

/// One connection to the server by hiredis. Owns hiredis's context. Used on the event loop's thread only.
final class RedisConnection {
    /// What a connection is for.
    enum Role: Int, CaseIterable, Sendable {
        /// All commands that need no connection of their own.
        case commands
        /// The subscriber connection, on which the server reports changed keys.
        case invalidations
        /// Commits that wait for replicas: commands sent after them wait, too.
        case commits
    }

    let role: Role
    private unowned let loop: EventLoop
    private var context: UnsafeMutablePointer<redisAsyncContext>?
    private var interest: UInt32 = 0
    private var inFlight = Deque<Request>()
    private var lastProgress = ContinuousClock.now
    private var connecting: (@Sendable (String?) -> Void)?
    /// The failure for requests that still wait when the connection is closed.
    private var closingFailure = RedisFailure.connectionLost

    /// Begins to connect. `connected` is called with the reason of a failure, or nil.
    init(
        _ role: Role, to address: RedisAddress, in loop: EventLoop,
        connected: @escaping @Sendable (String?) -> Void
    ) {
        self.role = role
        self.loop = loop
        let context =
            address.socketPath.map { redisAsyncConnectUnix($0) } ?? redisAsyncConnect(address.host, Int32(address.port))
        guard let context else {
            connected("there is no memory for a connection")
            return
        }
        guard context.pointee.err == 0 else {
            connected(String(cString: context.pointee.errstr))
            redisAsyncFree(context)
            return
        }
        self.context = context
        connecting = connected
        let me = Unmanaged.passUnretained(self).toOpaque()
        context.pointee.data = me
        context.pointee.ev.data = me
        context.pointee.ev.addRead = { RedisConnection.from($0)?.setInterest(in: EPOLLIN.rawValue, true) }
        context.pointee.ev.delRead = { RedisConnection.from($0)?.setInterest(in: EPOLLIN.rawValue, false) }
        context.pointee.ev.addWrite = { RedisConnection.from($0)?.setInterest(in: EPOLLOUT.rawValue, true) }
        context.pointee.ev.delWrite = { RedisConnection.from($0)?.setInterest(in: EPOLLOUT.rawValue, false) }
        context.pointee.ev.cleanup = { RedisConnection.from($0)?.removeFromLoop() }
        redisAsyncSetConnectCallback(context, redisConnected)
        redisAsyncSetDisconnectCallback(context, redisDisconnected)
    }

    fileprivate static func from(_ pointer: UnsafeMutableRawPointer?) -> RedisConnection? {
        pointer.map { Unmanaged<RedisConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Whether the connection, or an attempt at it, still exists.
    var isOpen: Bool { context != nil }

    /// Submits a command to hiredis; it is written with the next ``flush()``.
    func send(_ request: Request) {
        guard let context else { return loop.finish(request, .failure(.notConnected(problem: "Not connected."))) }
        if inFlight.isEmpty { lastProgress = .now }
        inFlight.append(request)
        if submit(request.command, to: context, replyReceived) != REDIS_OK { drop(.connectionLost) }
    }

    /// Subscribes to channels.
    func subscribe(_ command: Command) {
        guard let context else { return loop.disconnected(self, "the connection was closed") }
        loop.pendingInvalidations.watch(context.pointee.c.fd)
        if submit(command, to: context, messageReceived) != REDIS_OK { drop(.connectionLost) }
    }

    private typealias Callback =
        @convention(c) (
            UnsafeMutablePointer<redisAsyncContext>?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?
        ) -> Void

    /// Submits a command to hiredis, which looks for the second argument by itself: in a subscription it scans up to a
    /// NUL, in other commands one byte.
    private func submit(
        _ command: Command, to context: UnsafeMutablePointer<redisAsyncContext>, _ callback: Callback
    ) -> Int32 {
        let isScanned = role == .invalidations || command.arguments == 1
        return (isScanned ? command.bytes + [0] : command.bytes).withUnsafeBytes { bytes in
            redisAsyncFormattedCommand(
                context, callback, nil, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), command.bytes.count)
        }
    }

    /// Writes the submitted commands.
    func flush() {
        if let context, connecting == nil, interest & EPOLLOUT.rawValue != 0 { redisAsyncHandleWrite(context) }
    }

    /// Reads and writes as the kernel reports.
    func handle(_ events: UInt32) {
        if events & ~EPOLLOUT.rawValue != 0 { read() }
        if let context, events & EPOLLOUT.rawValue != 0 { redisAsyncHandleWrite(context) }
    }

    private func read() {
        guard let context else { return }
        if role == .invalidations {
            loop.pendingInvalidations.reading { redisAsyncHandleRead(context) }
        } else {
            redisAsyncHandleRead(context)
        }
    }

    /// Reads everything that has arrived.
    func drain() {
        var waiting: Int32 = 0
        for _ in 0..<1024 {
            guard let context, connecting == nil, ioctl(context.pointee.c.fd, UInt(FIONREAD), &waiting) == 0,
                waiting > 0
            else { return }
            read()
        }
    }

    /// The deadline of the oldest command; nil: no command is waiting.
    func deadline(_ timeout: Duration) -> ContinuousClock.Instant? {
        // The server's kernel accepts connections even if the server is busy or stopped. A server that just came back
        // may never have seen the attempt, so a new attempt finds it sooner.
        if connecting != nil { return lastProgress + max(timeout / 4, min(timeout, .milliseconds(250))) }
        return inFlight.first.map { lastProgress + timeout + $0.allowance }
    }

    /// Closes the connection. The waiting requests get `failure`.
    func drop(_ failure: RedisFailure) {
        closingFailure = failure
        if let context {
            self.context = nil
            redisAsyncFree(context)
        }
        end("the connection attempt took too long")
    }

    private func setInterest(in event: UInt32, _ isWanted: Bool) {
        guard let context else { return }
        let wanted = isWanted ? interest | event : interest & ~event
        guard wanted != interest else { return }
        loop.watch(context.pointee.c.fd, self, wanted, isNew: interest == 0, wasNew: wanted == 0)
        interest = wanted
    }

    /// Called before hiredis closes the socket.
    private func removeFromLoop() {
        if role == .invalidations { loop.pendingInvalidations.watch(nil) }
        guard let context, interest != 0 else { return }
        loop.watch(context.pointee.c.fd, self, 0, isNew: false, wasNew: true)
        interest = 0
    }

    fileprivate func connected(_ status: Int32, _ error: String) {
        if status == REDIS_OK {
            connecting?(nil)
            connecting = nil
        } else {
            context = nil
            end(error)
        }
    }

    fileprivate func disconnected(_ error: String) {
        context = nil
        end(error)
    }

    private func end(_ error: String) {
        connecting?(error)
        connecting = nil
        while let request = inFlight.popFirst() { loop.finish(request, .failure(closingFailure)) }
        loop.disconnected(self, error)
    }

    fileprivate func replied(_ reply: UnsafeMutableRawPointer?) {
        guard let request = inFlight.popFirst() else { return }
        lastProgress = .now
        guard let reply else { return loop.finish(request, .failure(closingFailure)) }
        loop.finish(request, .success(Reply(reply.assumingMemoryBound(to: redisReply.self))))
    }

    fileprivate func received(_ reply: UnsafeMutableRawPointer?) {
        if let reply { loop.received(Reply(reply.assumingMemoryBound(to: redisReply.self))) }
    }
}

private func redisConnected(_ context: UnsafePointer<redisAsyncContext>?, _ status: Int32) {
    guard let context else { return }
    let error = context.pointee.errstr.map { String(cString: $0) } ?? ""
    RedisConnection.from(context.pointee.data)?.connected(status, error)
}

private func redisDisconnected(_ context: UnsafePointer<redisAsyncContext>?, _ status: Int32) {
    guard let context else { return }
    let error = context.pointee.errstr.map { String(cString: $0) } ?? ""
    RedisConnection.from(context.pointee.data)?.disconnected(error.isEmpty ? "the connection was closed" : error)
}

private func replyReceived(
    _ context: UnsafeMutablePointer<redisAsyncContext>?, _ reply: UnsafeMutableRawPointer?,
    _ argument: UnsafeMutableRawPointer?
) {
    RedisConnection.from(context?.pointee.data)?.replied(reply)
}

private func messageReceived(
    _ context: UnsafeMutablePointer<redisAsyncContext>?, _ reply: UnsafeMutableRawPointer?,
    _ argument: UnsafeMutableRawPointer?
) {
    RedisConnection.from(context?.pointee.data)?.received(reply)
}
