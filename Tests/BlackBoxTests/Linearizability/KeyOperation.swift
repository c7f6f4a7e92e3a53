/// What a client asks of one key. Each write has a value of its own, so a value tells which write made it.
enum KeyRequest: Equatable, Sendable {
    case get
    case put(Int)
    /// A `PUT` that is refused if there is a value (`If-None-Match: *`).
    case create(Int)
    /// A `PUT` that is refused unless the value is the one that was read (`If-Match`).
    case replace(Int, by: Int)
    case delete

    /// What comes of the request if it is carried out alone, and the value after it; nil: there is no value.
    func carriedOut(on value: Int?) -> (outcome: KeyOutcome, value: Int?) {
        switch self {
        case .get: (value.map(KeyOutcome.found) ?? .absent, value)
        case .put(let new): (value == nil ? .created : .changed, new)
        case .create(let new): value == nil ? (.created, new) : (.refused, value)
        case .replace(let old, let new): value == old ? (.changed, new) : (.refused, value)
        case .delete: (value == nil ? .absent : .changed, nil)
        }
    }

    /// The value that it writes.
    var written: Int? {
        switch self {
        case .put(let value), .create(let value), .replace(_, by: let value): value
        case .get, .delete: nil
        }
    }
}

/// What a reply says of the request.
enum KeyOutcome: Equatable, Sendable {
    case found(Int)
    /// There is no value to read or to delete.
    case absent
    case created
    /// A value was replaced or deleted.
    case changed
    /// The condition doesn't hold.
    case refused
}

/// A request to one key and what came of it.
struct KeyOperation: Sendable, CustomStringConvertible {
    let client: Int
    let request: KeyRequest
    /// nil: unknown. It happened at any time after it was sent, or never.
    let outcome: KeyOutcome?
    /// When it was sent, and when its reply was there, by one clock for all clients. Without a reply: never.
    let sent: Int
    let answered: Int

    init(client: Int = 0, _ request: KeyRequest, _ outcome: KeyOutcome?, sent: Int, answered: Int = .max) {
        (self.client, self.request, self.outcome) = (client, request, outcome)
        (self.sent, self.answered) = (sent, outcome == nil ? .max : answered)
    }

    /// Whether it changes nothing, as its reply says.
    var isWithoutEffect: Bool {
        switch outcome {
        case .found, .absent, .refused: true
        case .created, .changed, nil: false
        }
    }

    /// Whether it has its outcome if it is carried out on a value; if that is unknown: whether it changes the value.
    func fits(_ value: Int?) -> Bool {
        let (possible, after) = request.carriedOut(on: value)
        return outcome.map { $0 == possible } ?? (after != value)
    }

    var description: String {
        let end = outcome.map { "–\(answered): client \(client): \(request) → \($0)" }
        return "\(sent)" + (end ?? "–…: client \(client): \(request), outcome unknown")
    }
}
