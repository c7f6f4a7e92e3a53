import MicroJSON

/// JSON from the server. Missing members read as null.
struct Answer {
    private let value: JSONValue

    private init(_ value: JSONValue) {
        self.value = value
    }

    /// Reads a text. A text that isn't JSON has no members.
    init(text: [UInt8]) {
        value = (try? JSONValue(parsing: text)) ?? .null
    }

    /// Reads a message's payload.
    init(_ message: Message) {
        self.init(text: Array(message.payload))
    }

    /// A member; null if it is missing.
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

    /// A number from 0 on; 0 if it is missing.
    var count: UInt64 { number.map { UInt64(max(0, $0)) } ?? 0 }

    /// Whether it is present and not null.
    var isThere: Bool { value != .null }

    /// An object's members; empty if it isn't an object.
    var members: JSONObject {
        guard case .object(let object) = value else { return JSONObject() }
        return object
    }

    /// Whether it is `true`.
    var isTrue: Bool { value == .true }

    /// The error that JetStream reports; nil if the request succeeded.
    var problem: APIProblem? {
        guard case .object = self["error"].value else { return nil }
        return APIProblem(code: Int(self["error"]["err_code"].count), text: self["error"]["description"].string ?? "")
    }
}

/// An error of JetStream: its number in the server's `errors.json`, and its text.
struct APIProblem {
    let code: Int
    let text: String

    /// The stream doesn't exist.
    var isNoStream: Bool { code == 10059 }
    /// The message doesn't exist.
    var isNoMessage: Bool { code == 10037 }
    /// An expected last sequence isn't the last one.
    var isConflict: Bool { code == 10071 || code == 10164 || code == 10070 }
    /// The server or the stream is full: its memory, its disk, or a limit.
    var isFull: Bool { [10023, 10028, 10047, 10077, 10045].contains(code) }
}
