import MicroHTTP
import MicroJSON

/// Text of a stream of server-sent events, block by block.
///
/// - SeeAlso: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
struct EventStreamText {
    private var writer: JSONWriter
    /// The text so far.
    var bytes: [UInt8] { writer.bytes }

    /// The media type of such a stream.
    static let mediaType = "text/event-stream"
    /// A comment block without meaning, which keeps the connection open.
    static let keepAlive = Array(": keep-alive\n\n".utf8)

    init(reserving capacity: Int = 64) {
        writer = JSONWriter(reserving: capacity)
    }

    /// Sets how long a client waits before it reconnects, in milliseconds.
    mutating func retry(_ milliseconds: Int) { field("retry", String(milliseconds).utf8) }

    /// Sets the id with which a client reconnects. It takes effect at the end of its block, even without data.
    mutating func id(_ id: String) { field("id", id.utf8) }

    /// Sets the type of the event.
    mutating func event(_ name: String) { field("event", name.utf8) }

    /// Writes the event's data, one JSON text.
    mutating func data(_ write: (inout JSONWriter) -> Void) {
        beginData()
        write(&writer)
        endData()
    }

    /// Begins event data that is written in parts.
    mutating func beginData() {
        writer.bytes.append(contentsOf: "data: ".utf8)
        writer.resume(afterValue: false)
    }

    /// Writes a part of the event's data.
    mutating func part(_ write: (inout JSONWriter) -> Void) { write(&writer) }

    /// Ends the event's data.
    mutating func endData() { writer.bytes.append(UInt8(ascii: "\n")) }

    /// Returns the text so far and removes it. The text written next follows a value that is sent as its own chunk.
    mutating func takeBeforeValue() -> StreamChunk {
        defer {
            writer = JSONWriter(reserving: 512)
            writer.resume(afterValue: true)
        }
        return chunk
    }

    /// A block that consists of an id.
    static func bookmark(_ id: String) -> EventStreamText {
        var text = EventStreamText()
        text.id(id)
        text.end()
        return text
    }

    /// Ends a block. Without data in it there is no event.
    mutating func end() { writer.bytes.append(UInt8(ascii: "\n")) }

    /// The text, ready to be sent to any number of clients.
    var chunk: StreamChunk { StreamChunk(bytes) }

    /// The text as a chunk that is counted among the bytes in flight if it is large.
    func chunk(countedIn inFlight: BytesInFlight) -> StreamChunk { StreamChunk(bytes, countedIn: inFlight) }

    private mutating func field(_ name: String, _ value: some Collection<UInt8>) {
        writer.bytes.append(contentsOf: name.utf8)
        writer.bytes.append(contentsOf: ": ".utf8)
        writer.bytes.append(contentsOf: value)
        writer.bytes.append(UInt8(ascii: "\n"))
    }
}
