/// An event as a page's script receives it.
public struct StreamedEvent: Sendable, Equatable {
    /// Its type; `message` if no type was sent.
    public let type: String
    /// Its data; several lines are joined with line feeds.
    public let data: String
    /// The last id at the time of the event.
    public let id: String

    /// An event from its parts.
    public init(_ type: String, _ data: String, id: String = "") {
        (self.type, self.data, self.id) = (type, data, id)
    }
}

/// Reads a `text/event-stream` that arrives in any pieces, exactly as in the HTML standard.
///
/// - SeeAlso: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
public struct EventStreamParser {
    /// The id with which a client reconnects: that of the last complete block.
    public private(set) var lastEventID = ""
    /// The server's `retry`: how long to wait before reconnecting, in milliseconds.
    public private(set) var retry: Int?
    /// The number of comments.
    public private(set) var commentCount = 0
    /// The number of complete blocks, with an event or without.
    public private(set) var blockCount = 0
    private var line: [UInt8] = []
    private var isAfterCarriageReturn = false
    private var isFirstLine = true
    private var data: [String] = []
    private var type = ""
    private var id = ""

    /// A parser at the beginning of a stream.
    public init() {}

    /// Takes a piece of the stream and returns the events that it completes.
    public mutating func read(_ bytes: some Sequence<UInt8>) -> [StreamedEvent] {
        var events: [StreamedEvent] = []
        for byte in bytes {
            let isSecondHalf = isAfterCarriageReturn && byte == 0x0A
            isAfterCarriageReturn = byte == 0x0D
            if isSecondHalf { continue }
            guard byte == 0x0A || byte == 0x0D else {
                line.append(byte)
                continue
            }
            if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
            isFirstLine = false
            if let event = endLine() { events.append(event) }
            line.removeAll(keepingCapacity: true)
        }
        return events
    }

    private mutating func endLine() -> StreamedEvent? {
        guard !line.isEmpty else { return endBlock() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        guard colon > 0 else {
            commentCount += 1
            return nil
        }
        var value = line[colon...].dropFirst()
        if value.first == 0x20 { value.removeFirst() }
        take(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        return nil
    }

    private mutating func take(_ field: String, _ value: String) {
        switch field {
        case "event": type = value
        case "data": data.append(value)
        case "id": if !value.utf8.contains(0) { id = value }
        case "retry": if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { retry = Int(value) }
        default: break
        }
    }

    private mutating func endBlock() -> StreamedEvent? {
        defer { (data, type) = ([], "") }
        lastEventID = id
        blockCount += 1
        guard !data.isEmpty else { return nil }
        return StreamedEvent(type.isEmpty ? "message" : type, data.joined(separator: "\n"), id: id)
    }
}
