import Glibc

/// A server for tests of clients. It answers every request with the same bytes, valid or not, and closes.
public final class ScriptedServer: Sendable {
    /// The port on which it listens.
    public let port: Int
    private let listener: Int32

    /// Listens on loopback.
    ///
    /// - Parameters:
    ///   - pieces: the bytes to send after a request.
    ///   - pause: the milliseconds before each piece.
    public init(sending pieces: [String], pause: Int = 0) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) | listen(listener, 8) | getsockname(listener, $0, &size)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard code == 0 else { throw TestFailure.system("listen") }
        startThread {
            while case let client = accept(listener, nil, nil), client >= 0 {
                Self.answer(client, pieces, pause)
            }
        }
    }

    /// Ends the thread's `accept`, and with it the thread.
    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func answer(_ client: Int32, _ pieces: [String], _ pause: Int) {
        defer { close(client) }
        var request = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !isComplete(request) {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            request += String(decoding: buffer[..<count], as: UTF8.self)
        }
        for piece in pieces {
            usleep(UInt32(pause) * 1000)
            let bytes = Array(piece.utf8)
            guard send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
        }
    }

    /// Whether a request's head and body were received. They are ASCII.
    private static func isComplete(_ request: String) -> Bool {
        guard let end = request.firstRange(of: "\r\n\r\n") else { return false }
        let length = request[..<end.lowerBound].firstMatch(of: /Content-Length: (\d+)/).flatMap { Int($0.1) } ?? 0
        return request.utf8.distance(from: end.upperBound, to: request.endIndex) >= length
    }
}
