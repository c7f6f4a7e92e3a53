import CMicroHTTPD
import Glibc
import Synchronization

/// A thread that enforces deadlines: it ends idle connections, incomplete requests and responses that are not read.
///
/// It checks every connection a few times within the shortest deadline and notes since when each state lasts, so that
/// requests needn't read the clock. A deadline is late by at most one such interval.
final class Reaper: Sendable {
    let deadlines: Deadlines
    private let interval: UInt64
    private let lingeringLimit: Int
    private let wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    private let stops = Atomic<Bool>(false)
    private let lingering = Mutex<[Lingering]>([])
    private let thread = Mutex<Thread?>(nil)

    /// In nanoseconds.
    struct Deadlines {
        let idle: UInt64
        let head: UInt64
        let body: UInt64
    }

    init(_ configuration: ServerConfiguration) {
        deadlines = Deadlines(
            idle: configuration.idleTimeout.nanoseconds, head: configuration.headerTimeout.nanoseconds,
            body: configuration.bodyTimeout.nanoseconds)
        lingeringLimit = configuration.spareSockets
        let shortest = min(deadlines.idle, deadlines.head, deadlines.body)
        interval = min(max(shortest / 8, 10_000_000), 1_000_000_000)
    }

    deinit { close(wakeUp) }

    func start(_ server: Server) {
        thread.withLock { $0 = Thread("http-reaper") { self.run(server) } }
    }

    func stop() {
        stops.store(true, ordering: .relaxed)
        wake()
        thread.withLock { $0.take() }?.join()
    }

    /// Reads on for a moment from a connection that is being closed. Closing a socket with unread data resets it, and a
    /// client that is still sending may then lose the answer (RFC 9112 §9.6).
    func linger(_ socket: Int32) {
        lingering.withLock { lingering in
            guard lingering.count < lingeringLimit else { return }
            let copy = fcntl(socket, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { return }
            shutdown(copy, Int32(SHUT_WR))
            lingering.append(Lingering(socket: copy))
        }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }

    private func run(_ server: Server) {
        var nextSweep = Clock.now + interval
        while !stops.load(ordering: .relaxed) {
            wait(until: nextSweep)
            let now = Clock.now
            lingering.withLock { lingering in lingering = lingering.filter { !$0.isOver(now) } }
            guard now >= nextSweep else { continue }
            nextSweep = now + interval
            for connection in server.table.withLock({ Array($0.open.values) }) { connection.inspect(now, deadlines) }
        }
        lingering.withLock { lingering in
            for one in lingering { close(one.socket) }
            lingering = []
        }
    }

    /// Waits until a time, until a lingering socket has data, or until `wake` is called.
    private func wait(until time: UInt64) {
        var sockets = lingering.withLock { $0.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) } }
        let now = Clock.now
        let rest = time > now ? time - now : 0
        let step = sockets.isEmpty ? rest : min(rest, 200_000_000)
        sockets.append(pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0))
        poll(&sockets, nfds_t(sockets.count), Int32(step / 1_000_000 + 1))
        var count: UInt64 = 0
        _ = read(wakeUp, &count, 8)
    }
}

/// A socket that was answered and closed, and whose client may still be sending.
struct Lingering {
    let socket: Int32
    private let end = Clock.now + 2_000_000_000

    init(socket: Int32) { self.socket = socket }

    /// Reads the available data. Closes the socket at the end of the stream, after its time, or after too much data.
    func isOver(_ now: UInt64) -> Bool {
        var rest = 1 << 20
        let isOver = withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { scratch in
            while now < end, rest > 0 {
                let count = recv(socket, scratch.baseAddress, scratch.count, Int32(MSG_DONTWAIT))
                if count < 0, errno == EAGAIN { return false }
                if count <= 0 { return true }
                rest -= count
            }
            return true
        }
        if isOver { close(socket) }
        return isOver
    }
}

extension Duration {
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0 else { return 0 }
        return UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000).partialValue
            &+ UInt64(max(0, attoseconds) / 1_000_000_000)
    }
}
