import Glibc

/// A blocking connection to a server on this machine. Use it only inside ``onThread(_:)``.
public final class Connection {
    let socket: Int32
    private var buffer: [UInt8] = []
    private var position = 0

    /// Connects.
    ///
    /// - Parameters:
    ///   - patience: the seconds that a read may take before it fails.
    ///   - receiveBuffer: the bytes of the kernel's buffer, for a client that reads slowly; 0 for the default.
    public init(port: Int, patience: Int = 60, receiveBuffer: Int32 = 0) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var size = receiveBuffer
        if size > 0 { setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var isOn: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // `deinit` closes the socket, even if this fails.
        guard code == 0 else { throw TestFailure.system("connect to port \(port)") }
    }

    deinit { close(socket) }

    /// Sends a request and reads the final response to it.
    public func send(_ request: HTTPRequest) throws -> Reply {
        try send(request.bytes)
        while true {
            let reply = try readReply(toHead: request.method == "HEAD")
            if reply.status >= 200 { return reply }
        }
    }

    /// Sends bytes unchanged.
    public func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            // A server that refuses a body closes before it has read it; only its answer matters.
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Whether the server has closed the connection, so that nothing more can be sent over it.
    public var isClosed: Bool {
        var byte: UInt8 = 0
        let count = recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN)
    }

    /// The next response, including interim ones (1xx).
    public func readReply(toHead: Bool = false) throws -> Reply {
        var reply = try readHead()
        let status = reply.status
        guard !toHead, status >= 200, status != 204, status != 304 else { return reply }
        guard let length = reply["Content-Length"].flatMap({ Int($0) }) else {
            throw TestFailure("no Content-Length: \(reply.fields)")
        }
        reply.body = try read(length)
        return reply
    }

    /// The next response's head, without its body.
    public func readHead() throws -> Reply {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) { head.append(try readByte()) }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count > 1, let status = Int(words[1]) else { throw TestFailure("no status line: \(lines)") }
        return Reply(status: status, fields: fields)
    }

    /// The next data, at least one byte.
    ///
    /// - Parameter most: the most bytes to read from the kernel.
    public func readSome(_ most: Int = 64 << 10) throws -> ArraySlice<UInt8> {
        if position == buffer.count { try fill(most) }
        defer { position = buffer.count }
        return buffer[position...]
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            if position == buffer.count { try fill() }
            let part = buffer[position...].prefix(count - bytes.count)
            bytes.append(contentsOf: part)
            position += part.count
        }
        return bytes
    }

    private func readByte() throws -> UInt8 {
        if position == buffer.count { try fill() }
        position += 1
        return buffer[position - 1]
    }

    private func fill(_ most: Int = 64 << 10) throws {
        buffer = [UInt8](repeating: 0, count: most)
        position = 0
        let count = recv(socket, &buffer, buffer.count, 0)
        buffer.removeLast(buffer.count - max(0, count))
        if count < 0 { throw TestFailure.system("recv") }
        if count == 0 { throw TestFailure("the server closed the connection before its response was complete") }
    }
}
