import Glibc

@testable import MicroHTTP

/// A blocking client that sends exactly the given bytes. Use it only in `onThread`, because blocking the cooperative
/// pool, which has one thread per core, would starve the server's own tasks.
///
/// `@unchecked Sendable` because tests pass it from one thread to the next and never use it on two at once.
final class RawClient: @unchecked Sendable {
    let socket: Int32
    private var buffer: [UInt8] = []
    private var read = 0

    struct Failure: Error { let message: String }

    init(_ port: Int, host: String = "127.0.0.1", timeout: Int = 20) throws {
        let isIPv6 = host.contains(":")
        socket = Glibc.socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var four = sockaddr_in()
        var six = sockaddr_in6()
        let connected: Int32
        if isIPv6 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = UInt16(port).bigEndian
            inet_pton(AF_INET6, host, &six.sin6_addr)
            connected = Self.connect(socket, six)
        } else {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = UInt16(port).bigEndian
            inet_pton(AF_INET, host, &four.sin_addr)
            connected = Self.connect(socket, four)
        }
        guard connected == 0 else { throw Failure(message: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close(socket) }

    private static func connect(_ socket: Int32, _ address: some Any) -> Int32 {
        withUnsafeBytes(of: address) {
            Glibc.connect(socket, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
    }

    /// False when the server has closed the connection.
    @discardableResult func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    func stopSending() { shutdown(socket, 1) }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// One byte, or nil at the end of the stream.
    func readByte() throws -> UInt8? {
        if read == buffer.count {
            buffer = [UInt8](repeating: 0, count: 64 << 10)
            let count = recv(socket, &buffer, buffer.count, 0)
            buffer.removeLast(buffer.count - max(0, count))
            read = 0
            guard count >= 0 else { throw Failure(message: "recv: \(String(cString: strerror(errno)))") }
            guard count > 0 else { return nil }
        }
        read += 1
        return buffer[read - 1]
    }

    /// Exactly `count` bytes.
    func readBytes(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let byte = try readByte() else { throw Failure(message: "end of stream in the body") }
            bytes.append(byte)
            let more = min(count - bytes.count, buffer.count - read)
            bytes += buffer[read..<(read + more)]
            read += more
        }
        return bytes
    }

    /// Everything up to the end of the stream, a reset included.
    func readToEnd() -> String {
        var bytes: [UInt8] = []
        do {
            while let byte = try readByte() { bytes.append(byte) }
        } catch {
            if errno == EAGAIN { bytes += Array("(the connection stays open)".utf8) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the server ends the connection before this client's timeout.
    func isClosedByServer() -> Bool {
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, 0) == 0 || errno == ECONNRESET
    }

    /// The next response; interim ones (1xx) too.
    func readResponse(toHead: Bool = false) throws -> Reply {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard let byte = try readByte() else {
                throw Failure(message: "end of stream after “\(String(decoding: head, as: UTF8.self))”")
            }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: String(parts[1].drop { $0 == " " }))
        }
        guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(message: "no status: \(lines[0])")
        }
        var reply = Reply(status: status, fields: fields)
        let hasBody = !toHead && status >= 200 && status != 204 && status != 304
        for _ in 0..<(hasBody ? Int(reply["Content-Length"] ?? "0") ?? 0 : 0) {
            guard let byte = try readByte() else { throw Failure(message: "end of stream in the body") }
            reply.bytes.append(byte)
        }
        return reply
    }
}

/// A response as it was received.
struct Reply: Sendable {
    let status: Int
    let fields: [(name: String, value: String)]
    var bytes: [UInt8] = []

    var body: String { String(decoding: bytes, as: UTF8.self) }

    subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }

    var closes: Bool { self["Connection"] == "close" }
    var isProblem: Bool { self["Content-Type"] == "application/problem+json" && body.hasPrefix("{") }
}
