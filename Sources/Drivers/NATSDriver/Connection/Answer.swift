import MicroJSON

/// JSON from the server, asked for members that may not be there.
struct Answer {
    private let value: JSONValue

    private init(_ value: JSONValue) {
        self.value = value
    }

    /// Reads a text; one that is no JSON has no members.
    init(text: [UInt8]) {
        value = (try? JSONValue(parsing: text)) ?? .null
    }

    /// Reads a message's payload.
    init(_ message: Message) {
        self.init(text: Array(message.payload))
    }

    /// A member; null when there is none.
    subscript(_ name: String) -> Answer {
        guard case .object(let object) = value else { return Answer(.null) }
        return Answer(object[name] ?? .null)
    }

    /// The elements of an array.
    var elements: [Answer] {
        guard case .array(let elements) = value else { return [] }
        return elements.map(Answer.init)
    }

    /// A string's content.
    var string: String? { value.stringContent.map { String(decoding: $0, as: UTF8.self) } }

    /// A whole number.
    var number: Int64? {
        guard case .scalar(let text) = value else { return nil }
        return Int64(text.description)
    }

    /// A number from 0 on; 0 when there is none.
    var count: UInt64 { number.map { UInt64(max(0, $0)) } ?? 0 }

    /// Whether it is there, and not null.
    var isThere: Bool { value != .null }

    /// An object's members; none when it isn't one.
    var members: JSONObject {
        guard case .object(let object) = value else { return JSONObject() }
        return object
    }

    /// Whether it is `true`.
    var isTrue: Bool { value == .true }

    /// What JetStream says went wrong; nil when nothing did.
    var problem: APIProblem? {
        guard case .object = self["error"].value else { return nil }
        return APIProblem(code: Int(self["error"]["err_code"].count), text: self["error"]["description"].string ?? "")
    }
}

/// An error of JetStream: its number in the server's `errors.json` and its words.
struct APIProblem {
    let code: Int
    let text: String

    /// There is no such stream.
    var isNoStream: Bool { code == 10059 }
    /// There is no such message.
    var isNoMessage: Bool { code == 10037 }
    /// An expected last sequence isn't the last one.
    var isConflict: Bool { code == 10071 || code == 10164 || code == 10070 }
    /// The server or the stream has no room: its memory, its disk, a limit.
    var isFull: Bool { [10023, 10028, 10047, 10077, 10045].contains(code) }
}
