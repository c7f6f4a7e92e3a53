import MicroHTTP
import NestKVCore

extension Request {
    /// The conditions of RFC 9110 §13 and `Nestkv-If-Version`.
    func precondition() throws(Problem) -> Precondition {
        var condition = Precondition()
        condition.ifMatch = try tags("If-Match")
        condition.ifNoneMatch = try tags("If-None-Match")
        // A date that can't be read is ignored (RFC 9110 §13.1.3, §13.1.4).
        condition.ifModifiedSince = header("If-Modified-Since").flatMap(Timestamp.init(httpDate:))
        condition.ifUnmodifiedSince = header("If-Unmodified-Since").flatMap(Timestamp.init(httpDate:))
        if let text = header("Nestkv-If-Version") {
            guard let version = UInt64(text) else {
                throw Problem(.invalidHeader, "Nestkv-If-Version is '\(text)'; it must be a version: a whole number.")
            }
            condition.ifVersion = version
        }
        return condition
    }

    private func tags(_ name: String) throws(Problem) -> Precondition.Tags? {
        guard let text = header(name) else { return nil }
        guard let tags = EntityTag.list(text) else {
            throw Problem(
                .invalidHeader, "\(name) is '\(text)'; it must be '*' or a list of entity tags in double quotes.")
        }
        return tags
    }

    /// What the writer says of the change.
    func writeOptions(_ view: View) throws(Problem) -> WriteOptions {
        let tags = header("Nestkv-Tags")
        let attribution = Attribution(
            modifiedBy: try text("Nestkv-Modified-By"), comment: try text("Nestkv-Comment"),
            tags: try tags.map(Self.tagList) ?? [], schemaHash: try text("Nestkv-Schema"))
        return WriteOptions(
            view: view, precondition: try precondition(), attribution: attribution, hasTags: tags != nil)
    }

    private static let textLimit = 1024
    private static let tagLimit = 64

    private func text(_ name: String) throws(Problem) -> String? {
        guard let text = header(name), !text.isEmpty else { return nil }
        // Bytes that are not UTF-8 were read as this character; keeping it would change silently what was said.
        guard !text.unicodeScalars.contains("\u{FFFD}") else {
            throw Problem(.invalidHeader, "\(name) is not valid UTF-8.")
        }
        guard text.utf8.count <= Self.textLimit else {
            throw Problem(.invalidHeader, "\(name) has \(text.utf8.count) bytes; the most is \(Self.textLimit).")
        }
        return text
    }

    private static func tagList(_ text: String) throws(Problem) -> [String] {
        var tags: [String] = []
        for part in text.split(separator: ",") {
            let tag = String(part).trimmingBlanks
            if !tag.isEmpty, !tags.contains(tag) { tags.append(tag) }
        }
        guard tags.count <= tagLimit, text.utf8.count <= textLimit else {
            let size = "\(tags.count) tags in \(text.utf8.count) bytes; the most is \(tagLimit) in \(textLimit)"
            throw Problem(.invalidHeader, "Nestkv-Tags has \(size).")
        }
        return tags
    }

    /// Refuses a request that won't take JSON (RFC 9110 §12.5.1).
    func requireAcceptsJSON() throws(Problem) {
        guard let accept = header("Accept") else { return }
        var weights: [String: Double] = [:]
        for part in accept.split(separator: ",") {
            let words = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            let weight = words.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            if let type = words.first, !type.isEmpty { weights[type] = weight ?? 1 }
        }
        // The most specific range decides.
        let ranges = ["application/json", "application/*", "*/*"]
        let weight = ranges.lazy.compactMap { weights[$0] }.first ?? 0
        guard weight > 0 || weights.isEmpty else {
            throw Problem(.notAcceptable, "Accept is '\(accept)'; values are there as application/json.")
        }
    }

    /// What the client prefers of `return` (RFC 7240 §4.2).
    var preferredReturn: PreferredReturn? {
        guard let prefer = header("Prefer") else { return nil }
        for part in prefer.split(separator: ",") {
            let preference = part.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" && $0 != "\"" }.lowercased()
            if preference == "return=minimal" { return .minimal }
            if preference == "return=representation" { return .representation }
        }
        return nil
    }
}

/// What a client wants to see of what it wrote.
enum PreferredReturn: String {
    case minimal, representation
}

extension String {
    fileprivate var trimmingBlanks: String {
        var text = self[...]
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
