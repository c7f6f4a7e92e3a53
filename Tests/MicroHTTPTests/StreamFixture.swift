import Glibc
import Synchronization

@testable import MicroHTTP

let subscription = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n"

/// The streams that a server opened, and their endings.
final class Streams: Sendable {
    private let opened = Collector<ResponseStream>()
    let endings = Collector<ResponseStream.Ending>()
    var all: [ResponseStream] { opened.all }

    /// Answers `/events` with a stream, and all other paths with `other`.
    @Sendable func handle(_ request: Request) async -> Response {
        guard request.path.elementsEqual("/events".utf8) else {
            return Response(status: 200, body: Array("other".utf8))
        }
        return .stream(headers: [("Content-Type", "text/event-stream")]) { stream in
            stream.onClose { self.endings.add($0) }
            self.opened.add(stream)
        }
    }

    /// The streams, as soon as there are `count`. On a thread that may block.
    func wait(for count: Int) -> [ResponseStream] {
        for _ in 0..<2000 where opened.all.count < count { usleep(5_000) }
        return opened.all
    }
}

/// A server whose streams are `streams`, and blocking code that uses it.
func withStreams(
    _ configure: @Sendable (inout ServerConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (Server, Streams) throws -> Void
) async throws {
    let streams = Streams()
    try await withServer(configure, handler: streams.handle) { server in
        try await onThread { try body(server, streams) }
    }
}

extension StreamChunk {
    convenience init(_ text: String) { self.init(Array(text.utf8)) }
}

extension RawClient {
    /// A client that requested a stream and read the head of the answer.
    static func subscribed(_ port: Int, receiveBuffer: Int32? = nil) throws -> RawClient {
        let client = try RawClient(port)
        if var receiveBuffer {
            setsockopt(client.socket, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        client.send(subscription)
        let reply = try client.readResponse()
        guard reply.status == 200 else { throw Failure(message: "status \(reply.status): \(reply.body)") }
        return client
    }

    /// The next chunk's payload; empty for the last chunk.
    func readChunk() throws -> String {
        var line: [UInt8] = []
        while !line.suffix(2).elementsEqual("\r\n".utf8) { line += try readBytes(1) }
        guard let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) else {
            throw Failure(message: "no chunk size: \(line)")
        }
        let payload = try readBytes(size)
        guard try readBytes(2) == [0x0D, 0x0A] else { throw Failure(message: "a chunk without its end") }
        return String(decoding: payload, as: UTF8.self)
    }
}

/// The seconds that `body` took.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = Clock.now
    try body()
    return Double(Clock.now - start) / 1e9
}

/// Waits on a thread that may block.
func becomes(within seconds: Double = 5, _ condition: () -> Bool) -> Bool {
    for _ in 0..<Int(seconds * 1000) {
        if condition() { return true }
        usleep(1_000)
    }
    return condition()
}
