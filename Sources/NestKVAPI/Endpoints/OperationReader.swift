import MicroHTTP
import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

/// Reads one operation: `{"method":"PUT","path":"/ep1/a","value":…,"ifMatch":…,"ttl":…}`.
struct OperationReader {
    /// The members of every operation.
    private static let common = [
        "method", "path", "ifMatch", "ifNoneMatch", "ifVersion", "modifiedBy", "comment", "tags", "schema",
    ]

    private let members: JSONObject
    private let api: API

    init(_ value: JSONValue, _ api: API) throws(Problem) {
        guard case .object(let members) = value else {
            throw Problem(.invalidJSON, "An operation or condition must be an object.")
        }
        self.members = members
        self.api = api
    }

    func request() throws -> WriteRequest {
        let operation = try operation()
        let attribution = Attribution(
            modifiedBy: try attribution("modifiedBy"), comment: try attribution("comment"), tags: try tags() ?? [],
            schemaHash: try attribution("schema"))
        let options = WriteOptions(
            view: try flag("leaf") ? .leaf : .tree, precondition: try precondition(version: "ifVersion"),
            attribution: attribution, hasTags: members["tags"] != nil, lifetime: try lifetime())
        return WriteRequest(operation, at: try key(), options)
    }

    func condition() throws -> Condition {
        try require(["path", "version", "ifMatch", "ifNoneMatch"])
        let precondition = try precondition(version: "version")
        guard !precondition.isEmpty else {
            throw Problem(
                .invalidJSON,
                "A condition needs a member 'version' (0: nothing is stored there), 'ifMatch' or 'ifNoneMatch'.")
        }
        return Condition(try key(), precondition)
    }

    private func operation() throws -> WriteOperation {
        let method = try text("method") ?? ""
        switch method {
        case "PUT":
            try require(Self.common + ["value", "ttl", "leaf", "flatten"])
            return try put(try value("value"))
        case "PATCH":
            try require(Self.common + ["value", "ttl", "leaf"])
            let patch = JSONValue(try value("value"))
            return .patch(try Patch(patch.kind == .array ? .operations : .merge, patch))
        case "DELETE":
            try require(Self.common + ["leaf"])
            return .delete
        case "POST":
            return try post(try text("op"))
        default:
            throw Problem(.invalidJSON, "'method' is '\(method)'; it must be PUT, PATCH, DELETE or POST.")
        }
    }

    private func put(_ value: JSONText) throws -> WriteOperation {
        let deepest = api.store.limits.keys.segments
        guard let depth = try members.read("flatten", .levels(deepest), from: .boolean, .number), depth > 0 else {
            return .put(.whole(value))
        }
        guard try !flag("leaf") else { throw Problem(.invalidJSON, "'flatten' and 'leaf' can't be combined.") }
        return .put(.flattened(value, depth: depth))
    }

    private func post(_ name: String?) throws -> WriteOperation {
        guard let name else {
            try require(Self.common + ["value", "ttl"])
            return .append(try value("value"))
        }
        let operation = try PostOperation(name: name, .invalidJSON)
        try require(Self.common + ["op", "leaf"] + operation.parameters + operation.bodyMembers)
        switch operation {
        case .increment:
            guard let by = members["by"] else { return .increment(by: .integer(1)) }
            guard by.kind == .number else {
                throw Problem(.invalidJSON, Grammar.jsonNumber.refusal(of: by.shownText, at: "The member 'by'"))
            }
            return .increment(by: by.text)
        case .swap: return .swap(try value("value"))
        case .compareAndSwap:
            return .compareAndSwap(expected: JSONValue(try value("old")), try value("new"))
        case .expire:
            guard members["ttl"] != nil else { throw Problem(.invalidJSON, "'expire' needs a 'ttl', like '30s'.") }
            return .expire
        case .persist: return .persist
        case .restore:
            guard let version = try members.read("version", .number(in: 1...UInt64.max), from: .number) else {
                throw Problem(.invalidJSON, "'restore' needs a 'version', a whole number.")
            }
            return .restore(version: version)
        }
    }
}

extension OperationReader {
    /// Refuses members that have no meaning here.
    private func require(_ known: [String]) throws(Problem) {
        for member in members {
            let name = String(decoding: member.name, as: UTF8.self)
            guard known.contains(name) else {
                throw Problem(
                    .invalidJSON, "There is no member '\(name)' here. Known members: \(known.joined(separator: ", ")).")
            }
        }
    }

    private func key() throws -> Key {
        let path = try text("path") ?? ""
        guard path.first == "/", !path.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw Problem(
                .invalidJSON, "'path' is '\(path)'; it must be a percent-encoded path like '/ep1/a', without a query.")
        }
        let key = try api.keys.key(path: Array(path.utf8)[...])
        guard !key.isInternal else {
            throw StoreError(
                .invalidKey, "'\(path)' is reserved for the service; an operation needs the path of a value.")
        }
        return key
    }

    private func precondition(version: String) throws(Problem) -> Precondition {
        var precondition = Precondition()
        precondition.ifMatch = try members.read("ifMatch", .entityTags, from: .string, .null)
        precondition.ifNoneMatch = try members.read("ifNoneMatch", .entityTags, from: .string, .null)
        precondition.ifVersion = try members.read(version, .version, from: .number)
        return precondition
    }

    private func lifetime() throws(Problem) -> Duration? {
        try members.read("ttl", .duration(), from: .string, .number)
    }

    private func value(_ name: String) throws -> JSONText {
        guard let value = members[name] else { throw Problem(.invalidJSON, "The operation needs a '\(name)'.") }
        let text = value.text
        let limit = api.store.limits.valueBytes
        guard text.utf8.count <= limit else {
            throw StoreError(
                .valueTooLarge, "'\(name)' has \(text.utf8.count) bytes; the limit is \(limit).", limit: limit)
        }
        return text
    }

    private func text(_ name: String) throws(Problem) -> String? {
        try members.read(name, .string, from: .string, .null)
    }

    private func attribution(_ name: String) throws(Problem) -> String? {
        guard let text = try text(name), !text.isEmpty else { return nil }
        guard text.utf8.count <= Request.textLimit else {
            throw Problem(.invalidJSON, "'\(name)' has \(text.utf8.count) bytes; the limit is \(Request.textLimit).")
        }
        return text
    }

    private func flag(_ name: String) throws(Problem) -> Bool {
        try members.read(name, .boolean, from: .boolean) ?? false
    }

    private func tags() throws(Problem) -> [String]? {
        guard let value = members["tags"] else { return nil }
        guard case .array(let elements) = value, elements.count <= Request.tagLimit else {
            throw Problem(.invalidJSON, "'tags' must be an array of at most \(Request.tagLimit) strings.")
        }
        var tags: [String] = []
        for element in elements {
            guard let content = element.stringContent, (1...Request.textLimit).contains(content.count) else {
                throw Problem(.invalidJSON, "A tag must be a string of 1 to \(Request.textLimit) bytes.")
            }
            let tag = String(decoding: content, as: UTF8.self)
            if !tags.contains(tag) { tags.append(tag) }
        }
        return tags
    }
}
