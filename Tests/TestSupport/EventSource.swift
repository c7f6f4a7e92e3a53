import Glibc
import Synchronization

/// A client of server-sent events like that of a browser, on its own thread. It reconnects with the last id whenever
/// the connection is lost, and gives up only if the answer is not a stream.
public final class EventSource: Sendable {
    /// How one connection went.
    public enum Ending: Sendable, Equatable {
        /// The server ended the stream properly.
        case complete
        /// The connection broke or could not be made.
        case broken
        /// The answer was not a stream and had this status.
        case refused(Int)
    }

    private struct State {
        var port: Int
        var events: [StreamedEvent] = []
        var endings: [Ending] = []
        var lastEventID: String
        var retry: Int?
        var comments = 0
        var opened = 0
        var isClosed = false
        /// While a connection is open.
        var socket: Int32?

        func shutDown() { if let socket { Glibc.shutdown(socket, Int32(SHUT_RDWR)) } }
    }

    /// The answer to the latest request.
    public var head: Reply? { headers.withLock { $0 } }

    private let state: Mutex<State>
    private let headers = Mutex<Reply?>(nil)
    /// The request target.
    public let target: String
    private let fields: [(name: String, value: String)]
    private let pause: UInt32?

    /// Connects immediately, and again whenever the connection is lost.
    ///
    /// - Parameters:
    ///   - lastEventID: the id to begin with; empty for no id.
    ///   - pause: milliseconds before it reconnects, in place of the server's `retry`.
    public init(
        port: Int, _ target: String, headers: [(name: String, value: String)] = [], lastEventID: String = "",
        pause: UInt32? = 5
    ) {
        state = Mutex(State(port: port, lastEventID: lastEventID))
        self.target = target
        self.pause = pause
        fields = [("Accept", "text/event-stream"), ("Cache-Control", "no-store")] + headers
        startThread { [self] in run() }
    }

    /// The port of the next connection.
    public var port: Int { state.withLock { $0.port } }
    /// All events so far.
    public var events: [StreamedEvent] { state.withLock { $0.events } }
    /// How the connections so far have ended.
    public var endings: [Ending] { state.withLock { $0.endings } }
    /// The id with which it would reconnect.
    public var lastEventID: String { state.withLock { $0.lastEventID } }
    /// How many streams were opened.
    public var opened: Int { state.withLock { $0.opened } }
    /// The number of comments on all connections.
    public var comments: Int { state.withLock { $0.comments } }
    /// The server's `retry`: how long to wait before reconnecting, in milliseconds.
    public var retry: Int? { state.withLock { $0.retry } }

    /// Breaks the connection at any point. The client reconnects by itself.
    public func cut() { state.withLock { $0.shutDown() } }

    /// Continues at another port, because the service was restarted.
    public func move(to port: Int) { state.withLock { $0.port = port } }

    /// Ends the client permanently.
    public func close() {
        state.withLock { state in
            state.isClosed = true
            state.shutDown()
        }
    }

    /// Waits until a condition holds for all events so far, and returns them.
    public func wait(
        seconds: Int = 20, _ what: String = "the events", until condition: @escaping @Sendable ([StreamedEvent]) -> Bool
    ) async throws -> [StreamedEvent] {
        try await onThread {
            for _ in 0..<(seconds * 500) {
                let events = self.events
                if condition(events) { return events }
                usleep(2000)
            }
            let latest = self.events.suffix(3)
            throw TestFailure("\(self.target): \(what) did not come; of \(self.events.count) the latest are \(latest)")
        }
    }

    /// Waits until there are this many events, and returns them.
    public func wait(for count: Int) async throws -> [StreamedEvent] {
        try await wait("event \(count)") { $0.count >= count }
    }

    private func run() {
        while !state.withLock({ $0.isClosed }) {
            let ending = (try? follow()) ?? .broken
            let retry = state.withLock { state in
                state.endings.append(ending)
                if case .refused = ending { state.isClosed = true }
                return state.retry
            }
            usleep((pause ?? UInt32(retry ?? 1000)) * 1000)
        }
    }

    private func follow() throws -> Ending {
        let (port, id) = state.withLock { ($0.port, $0.lastEventID) }
        let connection = try Connection(port: port)
        let isClosed = state.withLock { state in
            state.socket = connection.socket
            return state.isClosed
        }
        // Before the connection is closed and its descriptor reused.
        defer { withExtendedLifetime(connection) { state.withLock { $0.socket = nil } } }
        guard !isClosed else { return .broken }
        var request = HTTPRequest("GET", target, headers: fields)
        if !id.isEmpty { request.headers.append(("Last-Event-ID", id)) }
        try connection.send(request.bytes)
        let reply = try connection.readHead()
        headers.withLock { $0 = reply }
        guard reply.status == 200, reply["Content-Type"] == "text/event-stream" else { return .refused(reply.status) }
        state.withLock { $0.opened += 1 }
        var chunks = ChunkDecoder()
        var parser = EventStreamParser()
        while !chunks.isComplete {
            let comments = parser.commentCount
            let events = parser.read(try chunks.decode(try connection.readSome()))
            state.withLock { state in
                state.events += events
                state.lastEventID = parser.blockCount > 0 ? parser.lastEventID : state.lastEventID
                state.retry = parser.retry ?? state.retry
                state.comments += parser.commentCount - comments
            }
        }
        return .complete
    }
}
