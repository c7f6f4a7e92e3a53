import Glibc
import Synchronization
import TestSupport

/// What clients do with a few keys of a service, noted for each key.
final class KeyHistories: Sendable {
    private let paths: [String]
    private let operations: Mutex<[[KeyOperation]]>
    /// Numbers what is sent and answered, and the values.
    private let clock = Atomic(0)
    private let lastValue = Atomic(0)
    /// The requests that were answered.
    let answers = Counter()

    init(paths: [String]) {
        self.paths = paths
        operations = Mutex(paths.map { _ in [] })
    }

    var all: [KeyOperation] { operations.withLock { $0.flatMap { $0 } } }

    /// A message for each key whose history is not linearizable.
    func refutations() throws -> [String] {
        try zip(paths, operations.withLock { $0 }).compactMap { path, operations in
            guard let part = try KeyHistory(operations).refutedPart() else { return nil }
            return "no order of the operations explains what clients saw of \(path):\n"
                + part.map(\.description).joined(separator: "\n")
        }
    }

    /// Reads each key several times and then writes it, until it is over or the connection breaks.
    func run(client: Int, over connection: Connection, until isOver: Flag) throws {
        var client = Client(number: client, connection: connection)
        while !isOver.isSet {
            let key = Int.random(in: paths.indices)
            for _ in 0..<Int.random(in: 1...10) {
                guard try perform(.get, on: key, &client) else { return }
            }
            let value = lastValue.add(1, ordering: .relaxed).newValue
            let write: KeyRequest
            switch Int.random(in: 0..<6) {
            case 0, 1: write = .put(value)
            case 2: write = .create(value)
            case 3: write = .delete
            default: write = client.read[key].map { .replace($0.value, by: value) } ?? .create(value)
            }
            guard try perform(write, on: key, &client) else { return }
        }
    }

    private struct Client {
        let number: Int
        let connection: Connection
        /// The latest values that it read, with their entity tags.
        var read: [Int: (value: Int, tag: String)] = [:]
    }

    /// Sends a request and notes it; false if the connection broke.
    private func perform(_ request: KeyRequest, on key: Int, _ client: inout Client) throws -> Bool {
        let sending = request.sending(to: paths[key], known: client.read[key]?.tag)
        let sent = clock.add(1, ordering: .sequentiallyConsistent).newValue
        let reply = try? client.connection.send(sending)
        let answered = clock.add(1, ordering: .sequentiallyConsistent).newValue
        let outcome = try reply.flatMap { try $0.outcome(of: request, known: client.read[key]?.value) }
        let operation = KeyOperation(client: client.number, request, outcome, sent: sent, answered: answered)
        operations.withLock { $0[key].append(operation) }
        if reply != nil { answers.increase() }
        if case .found(let value)? = outcome, let tag = reply?["ETag"] { client.read[key] = (value, tag) }
        return reply != nil
    }
}

extension KeyRequest {
    /// As it is sent.
    ///
    /// - Parameter known: the entity tag that was read last.
    fileprivate func sending(to path: String, known tag: String?) -> HTTPRequest {
        let body = written.map { Array("\($0)".utf8) }
        switch self {
        case .get:
            let isConditional = Int.random(in: 0..<3) == 0
            return HTTPRequest("GET", path, headers: (isConditional ? tag : nil).map { [("If-None-Match", $0)] } ?? [])
        case .put: return HTTPRequest("PUT", path, body: body)
        case .create: return HTTPRequest("PUT", path, headers: [("If-None-Match", "*")], body: body)
        case .replace: return HTTPRequest("PUT", path, headers: [("If-Match", tag ?? "")], body: body)
        case .delete: return HTTPRequest("DELETE", path)
        }
    }
}

extension Reply {
    /// What it says of a request; nil: that the outcome is unknown.
    ///
    /// - Parameter known: the value that was read last.
    fileprivate func outcome(of request: KeyRequest, known: Int?) throws -> KeyOutcome? {
        switch (request, status) {
        case (.get, 200): if let value = Int(text) { return .found(value) }
        case (.get, 304): if let known { return .found(known) }
        case (.get, 404), (.delete, 404): return .absent
        case (.put, 201), (.create, 201): return .created
        case (.put, 200), (.replace, 200), (.delete, 204): return .changed
        case (.create, 412), (.replace, 412): return .refused
        case (_, 503), (_, 504): return nil
        default: break
        }
        throw TestFailure("\(request) is answered \(status) \(text)")
    }
}
