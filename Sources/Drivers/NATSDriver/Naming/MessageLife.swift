import NestKVStorage

/// How long a message is kept, as its writer set it (`Nats-TTL`).
enum MessageLife: Equatable {
    case limited(Duration)
    /// For ever, whatever the bucket's age.
    case endless

    /// Reads `never`, a number of seconds, or a Go duration: `1h30m`, `1.5s`. Nil for any other text, and for less than
    /// a second, which the server refuses.
    init?(_ text: String) {
        if text == "never" {
            self = .endless
            return
        }
        guard let milliseconds = Int64(text).map({ Double($0) * 1000 }) ?? Self.milliseconds(text),
            (1000...1e15).contains(milliseconds)
        else { return nil }
        self = .limited(.milliseconds(Int64(milliseconds)))
    }

    private static func milliseconds(_ text: String) -> Double? {
        var rest = Substring(text)
        var sum = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            let unit = rest.dropFirst(digits.count).prefix { !$0.isNumber && $0 != "." }
            guard let number = Double(digits), let factor = units[String(unit)] else { return nil }
            sum += number * factor
            rest = rest.dropFirst(digits.count + unit.count)
        }
        return sum
    }

    private static let units = ["h": 3_600_000.0, "m": 60_000, "s": 1000, "ms": 1, "us": 1e-3, "µs": 1e-3, "ns": 1e-6]
}

/// How long a bucket keeps messages.
struct MessageLives: Sendable, Equatable {
    /// The bucket's age: how long each message is kept; nil: for ever.
    let age: Duration?
    /// Whether a message may have a lifetime of its own.
    let areSet: Bool

    /// When a message expires: by its own lifetime or by the bucket's age, whichever comes first.
    ///
    /// - Parameters:
    ///   - storedAt: the server's time, at which a message's own lifetime begins.
    ///   - updatedAt: the writer's time. The bucket's age is counted from it, so that the writer also knows the end.
    ///   - own: the expiry that nestkv set.
    func end(of life: MessageLife?, storedAt: Timestamp, updatedAt: Timestamp, own: Timestamp?) -> Timestamp? {
        switch life {
        case .endless: own
        case .limited(let duration): [own, storedAt + duration, end(by: updatedAt)].compactMap(\.self).min()
        case nil: [own, end(by: updatedAt)].compactMap(\.self).min()
        }
    }

    /// When the bucket's age ends for a message.
    fileprivate func end(by updatedAt: Timestamp) -> Timestamp? { age.map { updatedAt + $0 } }
}

extension Mutation {
    /// The change with the expiry that nestkv sets. An expiry that the replaced record got from the bucket's age isn't
    /// kept, because the new message gets its own.
    func withOwnEnd(after previous: Record?, in lives: MessageLives) -> Mutation {
        guard let previous, let end = lives.end(by: previous.updatedAt), draft.expiresAt == end else { return self }
        return expiring(at: nil)
    }

    /// The change with the expiry that its record has.
    func withEnd(after previous: Record?, in lives: MessageLives) -> Mutation {
        guard lives.age != nil, draft.value != nil else { return self }
        let own = withOwnEnd(after: previous, in: lives).draft.expiresAt
        let updated = draft.stamped(after: previous, revision: 0).updatedAt
        return expiring(at: lives.end(of: nil, storedAt: updated, updatedAt: updated, own: own))
    }

    private func expiring(at time: Timestamp?) -> Mutation {
        let draft = Draft(
            key: draft.key, value: draft.value, dataHash: draft.dataHash, time: draft.time, expiresAt: time,
            attribution: draft.attribution)
        return operation == .set ? .set(draft, replacing: replacing) : self
    }
}
