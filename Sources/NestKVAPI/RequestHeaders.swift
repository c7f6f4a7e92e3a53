import MicroHTTP
import MicroText
import NestKVCore
import NestKVStorage

extension Request {
    /// The request's conditions: those of RFC 9110 §13 and `Nestkv-If-Version`.
    func precondition() throws(Problem) -> Precondition {
        var condition = Precondition()
        condition.ifMatch = try read(.ifMatch, .entityTags)
        condition.ifNoneMatch = try read(.ifNoneMatch, .entityTags)
        // A date that can't be read is ignored (RFC 9110 §13.1.3, §13.1.4).
        condition.ifModifiedSince = header(.ifModifiedSince).flatMap(Timestamp.init(httpDate:))
        condition.ifUnmodifiedSince = header(.ifUnmodifiedSince).flatMap(Timestamp.init(httpDate:))
        condition.ifVersion = try read(.ifVersion, .version)
        return condition
    }

    /// What a header field means; nil if the request has none of this name.
    fileprivate func read<Value>(
        _ name: HeaderName, _ grammar: @autoclosure () -> Grammar<Value>
    ) throws(Problem) -> Value? {
        guard let text = header(name) else { return nil }
        let grammar = grammar()
        guard let value = grammar.read(text) else {
            throw Problem(.invalidHeader, grammar.refusal(of: text, at: name.rawValue))
        }
        return value
    }

    /// The write's options: attribution, condition and lifetime.
    fileprivate func writeOptions(_ view: View, _ lifetime: Duration?) throws(Problem) -> WriteOptions {
        let tags = header(.tags)
        let attribution = Attribution(
            modifiedBy: try text(.modifiedBy), comment: try text(.comment),
            tags: try tags.map(Self.tagList) ?? [], schemaHash: try text(.schema))
        return WriteOptions(
            view: view, precondition: try precondition(), attribution: attribution, hasTags: tags != nil,
            lifetime: lifetime)
    }

    /// The most bytes of one attribution text.
    static let textLimit = 1024
    /// The most tags of a leaf.
    static let tagLimit = 64

    private func text(_ name: HeaderName) throws(Problem) -> String? {
        guard let text = header(name), !text.isEmpty else { return nil }
        // Invalid UTF-8 was read as this character; storing it would silently change the text.
        guard !text.unicodeScalars.contains("\u{FFFD}") else {
            throw Problem(.invalidHeader, "\(name) is not valid UTF-8.")
        }
        guard text.utf8.count <= Self.textLimit else {
            throw Problem(.invalidHeader, "\(name) has \(text.utf8.count) bytes; the limit is \(Self.textLimit).")
        }
        return text
    }

    private static func tagList(_ text: String) throws(Problem) -> [String] {
        var tags: [String] = []
        for part in text.split(separator: ",") {
            let tag = String(part.trimmingBlanks)
            if !tag.isEmpty, !tags.contains(tag) { tags.append(tag) }
        }
        guard tags.count <= tagLimit, text.utf8.count <= textLimit else {
            let size = "\(tags.count) tags in \(text.utf8.count) bytes"
            throw Problem(
                .invalidHeader, "\(HeaderName.tags) has \(size); the limit is \(tagLimit) tags in \(textLimit) bytes.")
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

extension Call {
    /// The write's options: conditions, attribution, and the lifetime from `?ttl=` or `Nestkv-TTL`.
    func writeOptions(_ view: View) throws(Problem) -> WriteOptions {
        let header = request.header(.lifetime)
        if let header, let parameter = query.text("ttl"), header != parameter {
            throw Problem(
                .invalidParameter,
                "The query parameter 'ttl' is '\(parameter)', but \(HeaderName.lifetime) is '\(header)'; give only one "
                    + "of them."
            )
        }
        var lifetime = try request.read(.lifetime, .duration())
        if lifetime == nil { lifetime = try query.read("ttl", .duration()) }
        return try request.writeOptions(view, lifetime)
    }
}

/// What a client prefers to receive in answer to a write.
enum PreferredReturn: String {
    case minimal, representation
}
