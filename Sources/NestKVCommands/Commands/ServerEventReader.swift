/// One block of a stream of server-sent events. A block without data only reports the position.
struct ServerEvent {
    /// The id to reconnect with; nil: that of the event before.
    var id: String?
    /// Its type.
    var name = "message"
    /// The lines of its data, joined by LF.
    var data: [UInt8] = []
    /// The milliseconds to wait before reconnecting.
    var retry: Int?
}

/// Reads a stream of server-sent events.
///
/// - SeeAlso: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
struct ServerEventReader {
    private var lines: LineReader

    init(_ lines: LineReader) {
        self.lines = lines
    }

    /// The next block; nil at the end of the stream. An incomplete last block is dropped.
    mutating func next() throws -> ServerEvent? {
        var event = ServerEvent()
        var isEmpty = true
        while let line = try lines.next() {
            guard !line.isEmpty else {
                if isEmpty { continue }
                return event
            }
            let name = line.prefix { $0 != UInt8(ascii: ":") }
            var value = line[name.endIndex...].dropFirst()
            if value.first == UInt8(ascii: " ") { value.removeFirst() }
            isEmpty = false
            switch String(decoding: name, as: UTF8.self) {
            case "id": event.id = String(decoding: value, as: UTF8.self)
            case "event": event.name = String(decoding: value, as: UTF8.self)
            case "retry": event.retry = Int(String(decoding: value, as: UTF8.self))
            case "data":
                if !event.data.isEmpty { event.data.append(UInt8(ascii: "\n")) }
                event.data += value
            default: break
            }
        }
        return nil
    }
}
