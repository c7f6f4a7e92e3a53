import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

/// A write that is stated by the members of an object in the body of a batch or transaction:
/// `{"method":"PUT","path":"/ep1/a","value":…,"ifMatch":…,"ttl":…}`.
struct OperationMembers {
    /// The members of every operation.
    private static let common = [
        "method", "path", "ifMatch", "ifNoneMatch", "ifVersion", "modifiedBy", "comment", "tags", "schema",
    ]

    private let members: JSONObject
    let api: API
    /// The member with the version that the path must have.
    private var version = Statement.ifVersion.member

    init(_ value: JSONValue, _ api: API) throws(Problem) {
        guard case .object(let members) = value else {
            throw Problem(.invalidJSON, "An operation or condition must be an object.")
        }
        self.members = members
        self.api = api
    }

    func request() throws -> WriteRequest {
        let method = try text("method") ?? ""
        switch method {
        case "PUT":
            try require(["value", "ttl", "leaf", "flatten"])
            return try request(put(try value()))
        case "PATCH":
            try require(["value", "ttl", "leaf"])
            let patch = JSONValue(try value())
            guard patch.kind == .array else { return try request(PatchByMerge(patch)) }
            return try request(PatchByOperations(document: patch))
        case "DELETE":
            try require(["leaf"])
            return try request(Delete())
        case "POST":
            return try post()
        default:
            throw Problem(.invalidJSON, "'method' is '\(method)'; it must be PUT, PATCH, DELETE or POST.")
        }
    }

    private func request(
        _ operation: @autoclosure () throws -> any WriteOperation, _ options: WriteOptions? = nil
    ) throws -> WriteRequest {
        let operation = try operation()
        let options = try options ?? writeOptions()
        return WriteRequest(operation, at: try key(), options)
    }

    private func put(_ value: JSONText) throws -> any WriteOperation {
        let deepest = api.store.limits.keys.segments
        guard let depth = try members.read("flatten", .levels(deepest), from: .boolean, .number), depth > 0 else {
            return Put(value)
        }
        guard try view() == .tree else { throw Problem(.invalidJSON, "'flatten' and 'leaf' can't be combined.") }
        return PutFlattened(value, depth: depth)
    }

    private func post() throws -> WriteRequest {
        guard let name = try text("op") else {
            try require(["value", "ttl"])
            return try request(Append(try value()))
        }
        let type = try Operations.named(name, .invalidJSON)
        let lifetime = type.traits.contains(.takesLifetime) ? [Statement.lifetime.member] : []
        try require(["op", "leaf"] + type.parameters + lifetime + type.values)
        let options = try writeOptions()
        return try request(try operation(type, options), options)
    }

    func condition() throws -> Condition {
        var condition = self
        condition.version = "version"
        return try condition.asCondition()
    }

    private func asCondition() throws -> Condition {
        try members.requireOnly(["path", "version", "ifMatch", "ifNoneMatch"])
        let precondition = try precondition()
        guard !precondition.isEmpty else {
            throw Problem(
                .invalidJSON,
                "A condition needs a member 'version' (0: nothing is stored there), 'ifMatch' or 'ifNoneMatch'.")
        }
        return Condition(try key(), precondition)
    }

    /// Refuses members that have no meaning for the operation.
    private func require(_ known: [String]) throws(Problem) { try members.requireOnly(Self.common + known) }

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

    private func text(_ name: String) throws(Problem) -> String? {
        try members.read(name, .string, from: .string, .null)
    }
}

extension OperationMembers: OperationInput {
    static var repairsText: Bool { false }

    func read<Value>(
        _ statement: Statement, _ grammar: @autoclosure () -> Grammar<Value>
    ) throws(Problem) -> Value? {
        let name = statement == .ifVersion ? version : statement.member
        return try members.read(name, grammar(), from: statement.kinds)
    }

    func problem(with statement: Statement, _ words: String) -> Problem {
        Problem(.invalidJSON, "'\(statement.member)' \(words)")
    }

    func view() throws(Problem) -> View { try members.read("leaf", .boolean, from: .boolean) ?? false ? .leaf : .tree }

    func precondition() throws(Problem) -> Precondition { try statedPrecondition() }

    func lifetime() throws(Problem) -> Duration? { try read(.lifetime, .duration()) }

    func missingLifetime(_ operation: String) -> Problem {
        Problem(.invalidJSON, "'\(operation)' needs a 'ttl', like '30s'.")
    }

    func tags() throws(Problem) -> [String]? {
        guard let value = members[Statement.tags.member] else { return nil }
        guard case .array(let elements) = value, elements.count <= Statement.tagLimit else {
            throw problem(with: .tags, "must be an array of at most \(Statement.tagLimit) strings.")
        }
        var tags: [String] = []
        for element in elements {
            guard let content = element.stringContent, (1...Statement.textLimit).contains(content.count) else {
                throw Problem(.invalidJSON, "A tag must be a string of 1 to \(Statement.textLimit) bytes.")
            }
            let tag = String(decoding: content, as: UTF8.self)
            if !tags.contains(tag) { tags.append(tag) }
        }
        return tags
    }

    func value() throws -> JSONText {
        let text = try member("value").text
        try check(text.utf8.count, of: "value")
        return text
    }

    func values(_ names: [String]) throws -> [JSONValue] {
        try names.map { name in
            let value = try member(name)
            try check(value.size.bytes, of: name)
            return value
        }
    }

    private func member(_ name: String) throws(Problem) -> JSONValue {
        guard let value = members[name] else { throw Problem(.invalidJSON, "The operation needs a '\(name)'.") }
        return value
    }

    private func check(_ bytes: Int, of name: String) throws(StoreError) {
        let limit = api.store.limits.valueBytes
        guard bytes > limit else { return }
        throw StoreError(.valueTooLarge, "'\(name)' has \(bytes) bytes; the limit is \(limit).", limit: limit)
    }

    func read<Value>(_ name: String, _ grammar: Grammar<Value>, from kind: JSONKind) throws -> Value? {
        try members.read(name, grammar, from: kind)
    }

    func missing<Value>(_ name: String, _ grammar: Grammar<Value>, example: String) -> any Error {
        let operation = (try? text("op")) ?? ""
        return Problem(.invalidJSON, "'\(operation)' needs a '\(name)', \(grammar.expected).")
    }
}
