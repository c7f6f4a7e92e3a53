import MicroHTTP
import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

extension Reading {
    /// The leaves at and below the path in pages, as paths or as entries.
    static let keys = Reading(
        "a list of keys", selector: "keys",
        parameters: ["keys", "pattern", "cursor", "after", "count", "entry", "limit", "tag", "pretty"],
        isAskedFor: { call throws(Problem) in try call.query.flag("keys") }
    ) { call in
        try await KeyList(call).response(call)
    }

    /// The number of these leaves.
    static let count = Reading(
        "a count of keys", parameters: ["keys", "count", "pattern", "tag", "pretty"],
        isAskedFor: { call throws(Problem) in
            guard try call.query.flag("keys") else { return false }
            return try call.query.flag("count")
        }
    ) { call in
        try await KeyList(call).countResponse(call)
    }
}

/// A request for a list of keys.
struct KeyList {
    private let query: KeyQuery
    private let after: Key?
    private let limit: Int
    private let isEntries: Bool

    init(_ call: Call) throws {
        let pattern = try call.query.text("pattern").map { text throws(Problem) in
            guard let glob = Glob(text) else {
                throw Problem(
                    .invalidParameter,
                    "The query parameter 'pattern' is '\(text.prefix(100))'; it must be a glob of at most "
                        + "\(Glob.mostBytes) bytes with '*', '?' and closed sets like '[a-z]'. "
                        + "Write '\\' before a literal '*', '?' or '['."
                )
            }
            return glob
        }
        query = KeyQuery(pattern: pattern, tags: try call.query.tags())
        limit = try call.query.number("limit", in: 1...KeyQuery.mostKeys) ?? KeyQuery.mostKeys
        isEntries = try call.query.flag("entry")
        try call.query.requireAtMostOne(of: "cursor", "after")
        after = try Self.cursor(call) ?? Self.place(call)
    }

    /// `&cursor`: the member `next` of the previous page.
    private static func cursor(_ call: Call) throws -> Key? {
        guard let text = call.query.text("cursor") else { return nil }
        guard let key = Key(cursor: text, below: call.key) else {
            throw Problem(
                .invalidParameter,
                "'\(text.prefix(100))' is not a valid cursor; use 'next' from the previous page.")
        }
        return key
    }

    /// `&after`: a path in the form of the list. It may have been deleted meanwhile.
    private static func place(_ call: Call) throws -> Key? {
        guard let text = call.query.text("after") else { return nil }
        let key = try call.api.keys.key(path: Array(text.utf8)[...])
        guard key.bytes.starts(with: call.key.bytes) else {
            throw Problem(
                .invalidParameter,
                "The query parameter 'after' is '\(text)'; it must be a path at or below \(call.key).")
        }
        return key
    }

    func response(_ call: Call) async throws -> Response {
        guard isEntries else {
            let page = try await call.store.keys(call.key, query, after: after, limit: limit)
            let bytes = page.elements.reduce(64) { $0 + $1.bytes.count + 8 }
            return try response(call, "keys", page, reserving: bytes) { writer, key in
                writer.string(call.api.keys.path(of: key))
            }
        }
        let page = try await call.store.leaves(call.key, query, after: after, limit: limit)
        let bytes = page.elements.reduce(64) { $0 + $1.key.bytes.count + $1.value.utf8.count + 448 }
        return try response(call, "entries", page, reserving: bytes) { writer, record in
            writer.object { writer in
                writer.member("path", call.api.keys.path(of: record.key))
                Entry.writeMembers(of: record, to: &writer)
            }
        }
    }

    private func response<Element>(
        _ call: Call, _ name: StaticString, _ page: ListPage<Element>, reserving bytes: Int,
        _ write: (inout JSONWriter, Element) -> Void
    ) throws -> Response {
        let next = page.next.map { $0.cursor(below: call.key) }
        var writer = JSONWriter(reserving: bytes)
        writer.beginObject()
        writer.array(name, of: page.elements, write)
        writer.member("next", next)
        writer.endObject()
        let link = next.map { "<\(target(call, cursor: $0))>; rel=\"next\"" }
        return try call.response(writer.text.body(isPretty: call.isPretty, call.store.limits), link: link)
    }

    /// `&count`: returns only the number of keys.
    func countResponse(_ call: Call) async throws -> Response {
        let count = try await call.store.keyCount(call.key, query)
        return try call.response(JSONText.integer(count).body(isPretty: call.isPretty, call.store.limits))
    }

    /// The request target of another page of this list, as a relative reference (RFC 8288 §3.1).
    private func target(_ call: Call, cursor: String) -> String {
        var target = call.api.keys.path(of: call.key) + "?keys" + (isEntries ? "&entry" : "")
        func add(_ name: String, _ value: String) { target += "&\(name)=\(value.utf8.percentEncoded)" }
        if let pattern = call.query.text("pattern") { add("pattern", pattern) }
        for tag in query.tags { add("tag", tag) }
        if call.query.has("limit") { add("limit", String(limit)) }
        if call.isPretty { target += "&pretty" }
        add("cursor", cursor)
        return target
    }
}

extension Key {
    /// The position where a list continues, opaque to clients: the bytes of this key below the path, as a letter and
    /// hexadecimal digits.
    fileprivate func cursor(below root: Key) -> String {
        "k" + Hexadecimal.text(of: bytes[root.bytes.count...])
    }

    /// Reads a text written by ``cursor(below:)``; nil for any other text.
    fileprivate init?(cursor: String, below root: Key) {
        guard cursor.first == "k", let below = Hexadecimal.bytes(of: cursor.utf8.dropFirst()) else { return nil }
        let bytes = root.bytes + below
        // Each segment has at least one byte and is followed by a NUL.
        guard bytes.last == 0, !zip(bytes, bytes.dropFirst()).contains(where: { $0 == 0 && $1 == 0 }),
            String(validating: bytes, as: UTF8.self) != nil
        else { return nil }
        self.init(bytes: bytes)
    }
}
