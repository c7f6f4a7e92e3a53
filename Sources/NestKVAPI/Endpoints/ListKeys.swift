import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `?keys`: the leaves at and below the path, page by page, or their number.
    static func listKeys(_ call: Call) async throws -> Response {
        try call.query.require(KeyList.parameters + ["limit", "tag", "pretty"], for: "a list of keys")
        let list = try KeyList(call)
        guard try !call.query.flag("count") else { return try await list.countResponse(call) }
        return try await list.response(call)
    }
}

/// A list of keys as it is asked for.
struct KeyList {
    /// The query parameters of a list besides `limit`, `tag` and `pretty`.
    static let parameters = ["keys", "pattern", "cursor", "count"]

    private let query: KeyQuery
    private let after: Key?
    private let limit: Int

    init(_ call: Call) throws {
        let pattern = try call.query.text("pattern").map { text throws(Problem) in
            guard let glob = Glob(text) else {
                throw Problem(
                    .invalidParameter,
                    "The parameter 'pattern' is '\(text.prefix(100))'; it must be a glob of at most \(Glob.mostBytes) bytes "
                        + "with '*', '?' and sets like '[a-z]' that are closed; write '\\' before one that means itself."
                )
            }
            return glob
        }
        query = KeyQuery(pattern: pattern, tags: try call.query.tags())
        limit = try call.query.number("limit", in: 1...KeyQuery.mostKeys) ?? KeyQuery.mostKeys
        after = try call.query.text("cursor").map { text throws(Problem) in
            guard let key = Key(cursor: text, below: call.key) else {
                throw Problem(
                    .invalidParameter,
                    "The parameter 'cursor' is '\(text.prefix(100))', which is none; take 'next' of the page before.")
            }
            return key
        }
    }

    func response(_ call: Call) async throws -> Response {
        let page = try await call.store.keys(call.key, query, after: after, limit: limit)
        let next = page.next.map { $0.cursor(below: call.key) }
        var writer = JSONWriter(reserving: page.keys.reduce(64) { $0 + $1.bytes.count + 8 })
        writer.beginObject()
        writer.name("keys")
        writer.beginArray()
        for key in page.keys { writer.string(call.api.keys.path(of: key)) }
        writer.endArray()
        writer.name("next")
        if let next { writer.string(next) } else { writer.null() }
        writer.endObject()
        let link = next.map { (name: "Link", value: "<\(target(call, cursor: $0))>; rel=\"next\"") }
        return try call.listResponse(writer.text, headers: link.map { [$0] } ?? [])
    }

    /// `&count`: the number alone.
    func countResponse(_ call: Call) async throws -> Response {
        try call.query.require(["keys", "count", "pattern", "tag", "pretty"], for: "a count of keys")
        let count = try await call.store.keyCount(call.key, query)
        return try call.listResponse(.integer(count))
    }

    /// The request target of another page of this list (RFC 8288 §3.1: a relative reference).
    private func target(_ call: Call, cursor: String) -> String {
        var target = call.api.keys.path(of: call.key) + "?keys"
        func add(_ name: String, _ value: String) { target += "&\(name)=\(value.utf8.percentEncoded)" }
        if let pattern = call.query.text("pattern") { add("pattern", pattern) }
        for tag in query.tags { add("tag", tag) }
        if call.query.has("limit") { add("limit", String(limit)) }
        if call.isPretty { target += "&pretty" }
        add("cursor", cursor)
        return target
    }
}

extension Call {
    /// A page of a list, with a tag of its own: it is known by its bytes alone.
    fileprivate func listResponse(
        _ text: JSONText, headers: [(name: String, value: String)] = []
    ) throws -> Response {
        let body = isPretty ? text.pretty() : text.utf8
        let etag = EntityTag(ofBytes: body)
        let response = Response(
            status: 200,
            headers: [("Content-Type", "application/json"), ("ETag", etag.description), ("Cache-Control", "no-cache")]
                + headers,
            body: body)
        switch try request.precondition().evaluate(reading: etag) {
        case .holds: return response
        case .notModified: return response.notModified
        case .failed(let reason): throw StoreError(.preconditionFailed, reason)
        }
    }
}

extension Key {
    /// Where a list goes on, opaque to clients: this key's bytes from the path on, in hexadecimal digits behind a letter.
    fileprivate func cursor(below root: Key) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes[root.bytes.count...].reduce(into: [UInt8(ascii: "k")]) { text, byte in
            text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what ``cursor(below:)`` writes; nil for anything else.
    fileprivate init?(cursor: String, below root: Key) {
        var rest = Array(cursor.utf8)[...]
        guard rest.popFirst() == UInt8(ascii: "k"), rest.count.isMultiple(of: 2) else { return nil }
        var bytes = root.bytes
        while let high = rest.popFirst(), let low = rest.popFirst() {
            guard let high = Self.value(high), let low = Self.value(low) else { return nil }
            bytes.append(high << 4 | low)
        }
        // Each segment has a NUL behind it and at least one byte before.
        guard bytes.last == 0, !zip(bytes, bytes.dropFirst()).contains(where: { $0 == 0 && $1 == 0 }),
            String(validating: bytes, as: UTF8.self) != nil
        else { return nil }
        self.init(bytes: bytes)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
