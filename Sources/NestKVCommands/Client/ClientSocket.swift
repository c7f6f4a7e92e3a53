import Glibc

/// A TCP connection to a server.
///
/// Every call blocks its thread, at most until the deadline. Never use it on the cooperative pool.
final class ClientSocket {
    private let descriptor: Int32
    /// The time limit of every call; nil: no limit.
    var deadline: ContinuousClock.Instant?

    /// Connects to the first of the host's addresses that answers.
    ///
    /// The deadline doesn't apply to the name lookup, which has the resolver's limits.
    init(to server: ServerURL, deadline: ContinuousClock.Instant?) throws(ClientFailure) {
        self.deadline = deadline
        var found: UnsafeMutablePointer<addrinfo>?
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        let code = getaddrinfo(server.host, String(server.port), &hints, &found)
        guard code == 0, let first = found else {
            throw ClientFailure("can't resolve the host '\(server.host)': \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(found) }
        var failure = ClientFailure("the host '\(server.host)' has no address")
        for address in sequence(first: first, next: { $0.pointee.ai_next }) {
            do {
                descriptor = try Self.connected(to: address.pointee, deadline)
                return
            } catch {
                failure = error
            }
        }
        throw failure
    }

    deinit { close(descriptor) }

    /// Sends all of some bytes. If the server has closed the connection, that is not a failure: it may have answered.
    func send(_ bytes: [UInt8]) throws(ClientFailure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                try Self.wait(for: POLLOUT, on: descriptor, until: deadline, "sending the request")
            } else if errno == EPIPE || errno == ECONNRESET {
                return
            } else if errno != EINTR {
                throw Self.failure(errno)
            }
        }
    }

    /// The next bytes, as many as have arrived; empty if the server has closed the connection.
    func receive() throws(ClientFailure) -> [UInt8] {
        while true {
            try Self.wait(for: POLLIN, on: descriptor, until: deadline, "waiting for the answer")
            var failed: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
                let received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                failed = received < 0 ? errno : 0
                count = max(0, received)
            }
            if failed == 0 { return bytes }
            if failed != EINTR, failed != EAGAIN { throw Self.failure(failed) }
        }
    }

    private static func connected(
        to address: addrinfo, _ deadline: ContinuousClock.Instant?
    ) throws(ClientFailure) -> Int32 {
        let kind = address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, kind, address.ai_protocol)
        guard descriptor >= 0 else { throw failure(errno) }
        do {
            try connect(descriptor, to: address, deadline)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func connect(
        _ descriptor: Int32, to address: addrinfo, _ deadline: ContinuousClock.Instant?
    ) throws(ClientFailure) {
        guard Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 else { return }
        guard errno == EINPROGRESS || errno == EINTR else { throw failure(errno) }
        try wait(for: POLLOUT, on: descriptor, until: deadline, "connecting")
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { throw failure(code) }
    }

    /// Waits until the socket can be read or written, or has failed.
    private static func wait(
        for event: Int32, on descriptor: Int32, until deadline: ContinuousClock.Instant?, _ doing: String
    ) throws(ClientFailure) {
        var polled = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            let count = poll(&polled, 1, milliseconds(until: deadline))
            if count > 0 { return }
            if count == 0 { throw .timeout(doing) }
            if errno != EINTR { throw failure(errno) }
        }
    }

    /// The timeout for `poll`: the milliseconds that are left, rounded up; -1 for no limit.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return 0 }
        return Int32(clamping: Int64((left / .milliseconds(1)).rounded(.up)))
    }

    private static func failure(_ code: Int32) -> ClientFailure {
        let text = String(cString: strerror(code))
        return ClientFailure(text.prefix(1).lowercased() + text.dropFirst())
    }
}
