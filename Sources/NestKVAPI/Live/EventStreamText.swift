import MicroHTTP
import MicroJSON

/// Text of a stream of server-sent events, block by block.
///
/// - SeeAlso: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
struct EventStreamText {
    private var writer: JSONWriter
    /// What was written so far.
    var bytes: [UInt8] { writer.bytes }

    /// The type of such a stream.
    static let mediaType = "text/event-stream"
    /// A block that says nothing.
    static let keepAlive = Array(": keep-alive\n\n".utf8)

    init(reserving capacity: Int = 64) {
        writer = JSONWriter(reserving: capacity)
    }

    /// How long a client waits before it comes back after a lost connection, in milliseconds.
    mutating func retry(_ milliseconds: Int) { field("retry", String(milliseconds).utf8) }

    /// The id that a client comes back with. It holds from the end of its block on, with or without data in it.
    mutating func id(_ id: String) { field("id", id.utf8) }

    /// The type of the event.
    mutating func event(_ name: String) { field("event", name.utf8) }

    /// The event's data: one JSON text.
    mutating func data(_ write: (inout JSONWriter) -> Void) {
        beginData()
        write(&writer)
        endData()
    }

    /// Begins the event's data, for what is written in parts.
    mutating func beginData() {
        writer.bytes.append(contentsOf: "data: ".utf8)
        writer.resume(afterValue: false)
    }

    /// A part of the event's data.
    mutating func part(_ write: (inout JSONWriter) -> Void) { write(&writer) }

    /// Ends the event's data.
    mutating func endData() { writer.bytes.append(UInt8(ascii: "\n")) }

    /// Takes what was written so far. What is written next goes on behind a value that others write.
    mutating func takeBeforeValue() -> StreamChunk {
        defer {
            writer = JSONWriter(reserving: 512)
            writer.resume(afterValue: true)
        }
        return chunk
    }

    /// A block with an id alone.
    static func bookmark(_ id: String) -> EventStreamText {
        var text = EventStreamText()
        text.id(id)
        text.end()
        return text
    }

    /// Ends a block. Without data in it there is no event.
    mutating func end() { writer.bytes.append(UInt8(ascii: "\n")) }

    /// What was written, ready to be sent to any number of clients.
    var chunk: StreamChunk { StreamChunk(bytes) }

    /// The same, counted among the bytes in flight if it is large.
    func chunk(countedIn inFlight: BytesInFlight) -> StreamChunk { StreamChunk(bytes, countedIn: inFlight) }

    private mutating func field(_ name: String, _ value: some Collection<UInt8>) {
        writer.bytes.append(contentsOf: name.utf8)
        writer.bytes.append(contentsOf: ": ".utf8)
        writer.bytes.append(contentsOf: value)
        writer.bytes.append(UInt8(ascii: "\n"))
    }
}
