import MicroHTTP

/// Text of a stream of server-sent events, block by block.
///
/// - SeeAlso: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
struct EventStreamText {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    /// The type of such a stream.
    static let mediaType = "text/event-stream"
    /// A block that says nothing.
    static let keepAlive = Array(": keep-alive\n\n".utf8)

    init(reserving capacity: Int = 64) {
        bytes.reserveCapacity(capacity)
    }

    /// How long a client waits before it comes back after a lost connection, in milliseconds.
    mutating func retry(_ milliseconds: Int) { field("retry", String(milliseconds).utf8) }

    /// The id that a client comes back with. It holds from the end of its block on, with or without data in it.
    mutating func id(_ id: String) { field("id", id.utf8) }

    /// The type of the event.
    mutating func event(_ name: String) { field("event", name.utf8) }

    /// The event's data: one line.
    mutating func data(_ line: some Collection<UInt8>) { field("data", line) }

    /// A block with an id alone.
    static func bookmark(_ id: String) -> EventStreamText {
        var text = EventStreamText()
        text.id(id)
        text.end()
        return text
    }

    /// Ends a block. Without data in it there is no event.
    mutating func end() { bytes.append(UInt8(ascii: "\n")) }

    /// What was written, ready to be sent to any number of clients.
    var chunk: StreamChunk { StreamChunk(bytes) }

    /// The same in pieces, so that something large leaves the queue bit by bit: how fast a client reads it can be seen.
    var chunks: [StreamChunk] {
        stride(from: 0, to: bytes.count, by: Self.pieceBytes).map { start in
            StreamChunk(Array(bytes[start..<min(start + Self.pieceBytes, bytes.count)]))
        }
    }

    private static let pieceBytes = 32 << 10

    private mutating func field(_ name: String, _ value: some Collection<UInt8>) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: ": ".utf8)
        bytes.append(contentsOf: value)
        bytes.append(UInt8(ascii: "\n"))
    }
}
