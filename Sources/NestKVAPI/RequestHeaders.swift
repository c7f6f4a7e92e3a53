import MicroHTTP
import MicroText
import NestKVCore
import NestKVStorage

extension Request: Statements {
    static var repairsText: Bool { true }

    func read<Value>(
        _ statement: Statement, _ grammar: @autoclosure () -> Grammar<Value>
    ) throws(Problem) -> Value? {
        guard let text = header(statement.header) else { return nil }
        let grammar = grammar()
        guard let value = grammar.read(text) else {
            throw Problem(.invalidHeader, grammar.refusal(of: text, at: statement.header.rawValue))
        }
        return value
    }

    func problem(with statement: Statement, _ words: String) -> Problem {
        Problem(.invalidHeader, "\(statement.header) \(words)")
    }

    /// The request's conditions: those of RFC 9110 §13 and `Nestkv-If-Version`.
    func precondition() throws(Problem) -> Precondition {
        var condition = try statedPrecondition()
        // A date that can't be read is ignored (RFC 9110 §13.1.3, §13.1.4).
        condition.ifModifiedSince = header(.ifModifiedSince).flatMap(Timestamp.init(httpDate:))
        condition.ifUnmodifiedSince = header(.ifUnmodifiedSince).flatMap(Timestamp.init(httpDate:))
        return condition
    }

    /// The tags in `Nestkv-Tags`; nil without this field.
    func tags() throws(Problem) -> [String]? {
        guard let text = header(.tags) else { return nil }
        var tags: [String] = []
        for part in text.split(separator: ",") {
            let tag = String(part.trimmingBlanks)
            if !tag.isEmpty, !tags.contains(tag) { tags.append(tag) }
        }
        let (most, bytes) = (Statement.tagLimit, Statement.textLimit)
        guard tags.count <= most, text.utf8.count <= bytes else {
            throw problem(
                with: .tags,
                "has \(tags.count) tags in \(text.utf8.count) bytes; the limit is \(most) tags in \(bytes) bytes.")
        }
        return tags
    }

    /// Refuses a request whose `Accept` excludes a type (RFC 9110 §12.5.1).
    func requireAccepts(_ type: String, _ what: String = "values are") throws(Problem) {
        guard let accept = header(.accept), Accepted(accept).weight(of: type) <= 0 else { return }
        throw Problem(.notAcceptable, "Accept is '\(accept)', but \(what) only available as \(type).")
    }

    /// Whether the client names the type of event streams in `Accept`, and doesn't prefer JSON.
    var prefersEventStream: Bool {
        guard let accept = header(.accept), accept.contains(EventStreamText.mediaType) else { return false }
        let accepted = Accepted(accept)
        let weight = accepted.weight(of: EventStreamText.mediaType)
        return weight > 0 && weight >= (accepted.weights[MediaType.json] ?? 0)
    }

    /// The client's `return` preference (RFC 7240 §4.2).
    var preferredReturn: PreferredReturn? {
        guard let prefer = header(.prefer) else { return nil }
        for part in prefer.split(separator: ",") {
            let preference = part.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" && $0 != "\"" }.lowercased()
            if preference == "return=minimal" { return .minimal }
            if preference == "return=representation" { return .representation }
        }
        return nil
    }
}

/// The media ranges of an `Accept` field with their weights (RFC 9110 §12.5.1).
private struct Accepted {
    var weights: [String: Double] = [:]

    init(_ accept: String) {
        for part in accept.split(separator: ",") {
            let words = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            let weight = words.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            if let type = words.first, !type.isEmpty { weights[type] = weight ?? 1 }
        }
    }

    /// The weight of the most specific range that a type is in; an empty field accepts everything.
    func weight(of type: String) -> Double {
        let ranges = [type, type.prefix { $0 != "/" } + "/*", "*/*"]
        return weights.isEmpty ? 1 : ranges.lazy.compactMap { weights[$0] }.first ?? 0
    }
}

/// What a client prefers to receive in answer to a write.
enum PreferredReturn: String {
    case minimal, representation
}
