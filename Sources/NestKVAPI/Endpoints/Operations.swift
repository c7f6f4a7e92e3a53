import MicroHTTP
import MicroJSON
import NestKVCore

extension API {
    /// Reads the list of operations in the body of `/_batch` and `/_transaction`.
    ///
    /// - Throws: a problem with the list as a whole.
    func operations(_ body: JSONObject) throws -> [Result<WriteRequest, Problem>] {
        guard case .array(let elements)? = body["operations"] else {
            throw Problem(.invalidJSON, "The body must be an object with a member 'operations': an array.")
        }
        guard elements.count <= operationsLimit else {
            throw StoreError(
                .tooManyOperations, "There are \(elements.count) operations; the most is \(operationsLimit).",
                limit: operationsLimit)
        }
        return elements.map { element in
            do {
                return .success(try OperationReader(element, self).request())
            } catch {
                return .failure(Problem(error))
            }
        }
    }

    /// Reads the conditions in the body of `/_transaction`: `[{"path":…,"version":…}]`.
    func conditions(_ body: JSONObject) throws -> [Condition] {
        guard let conditions = body["if"] else { return [] }
        guard case .array(let elements) = conditions, elements.count <= operationsLimit else {
            throw Problem(.invalidJSON, "The member 'if' must be an array of at most \(operationsLimit) conditions.")
        }
        return try elements.map { element in
            let reader = try OperationReader(element, self, known: ["path", "version", "ifMatch", "ifNoneMatch"])
            let precondition = try reader.precondition(version: "version")
            guard !precondition.isEmpty else {
                throw Problem(
                    .invalidJSON, "A condition needs 'version' (0: nothing is there), 'ifMatch' or 'ifNoneMatch'.")
            }
            return Condition(try reader.key(), precondition)
        }
    }
}

/// Reads one operation: `{"method":"PUT","path":"/ep1/a","value":…,"ifMatch":…,"ttl":…}`.
private struct OperationReader {
    private static let members = [
        "method", "path", "value", "op", "by", "old", "new", "version", "ttl", "flatten", "leaf", "ifMatch",
        "ifNoneMatch", "ifVersion", "modifiedBy", "comment", "tags",
    ]

    let members: JSONObject
    let api: API

    init(_ value: JSONValue, _ api: API, known: [String] = Self.members) throws(Problem) {
        guard case .object(let members) = value else { throw Problem(.invalidJSON, "It must be an object.") }
        for member in members where !known.contains(String(decoding: member.name, as: UTF8.self)) {
            let name = String(decoding: member.name, as: UTF8.self)
            throw Problem(
                .invalidJSON, "There is no member '\(name)' here. Known are: \(known.joined(separator: ", ")).")
        }
        self.members = members
        self.api = api
    }

    func request() throws -> WriteRequest {
        let attribution = Attribution(
            modifiedBy: try text("modifiedBy"), comment: try text("comment"), tags: try tags() ?? [])
        let options = WriteOptions(
            view: try flag("leaf") ? .leaf : .tree, precondition: try precondition(version: "ifVersion"),
            attribution: attribution, hasTags: members["tags"] != nil,
            lifetime: try text("ttl").map { try Call.lifetime($0, .invalidJSON, "'ttl'") })
        return WriteRequest(try operation(), at: try key(), options)
    }

    func key() throws -> Key {
        guard let path = try text("path") else { throw Problem(.invalidJSON, "It needs a 'path', like '/ep1/a'.") }
        let key = try api.keys.key(path: Array(path.utf8)[...])
        guard !key.isInternal else {
            throw StoreError(.invalidKey, "'\(path)' is one of the service's own paths; operations are about values.")
        }
        return key
    }

    func precondition(version: String) throws(Problem) -> Precondition {
        var precondition = Precondition()
        precondition.ifMatch = try entityTags("ifMatch")
        precondition.ifNoneMatch = try entityTags("ifNoneMatch")
        if let value = members[version] {
            guard let number = UInt64(value.text.description) else {
                throw Problem(.invalidJSON, "'\(version)' must be a version: a whole number; 0: nothing is there.")
            }
            precondition.ifVersion = number
        }
        return precondition
    }

    private func operation() throws -> WriteOperation {
        let method = try text("method") ?? ""
        switch method {
        case "PUT":
            let body = try value("value")
            guard members["flatten"] != nil else { return .put(.whole(body)) }
            return .put(.flattened(body, depth: .max))
        case "PATCH":
            let patch = JSONValue(try value("value"))
            return .patch(try Patch(patch.kind == .array ? .operations : .merge, patch))
        case "DELETE": return .delete
        case "POST": return try post(try text("op"))
        default: throw Problem(.invalidJSON, "'method' is '\(method)'; it must be PUT, PATCH, DELETE or POST.")
        }
    }

    private func post(_ name: String?) throws -> WriteOperation {
        switch name {
        case nil: return .append(try value("value"))
        case "increment":
            guard let by = members["by"] else { return .increment(by: .integer(1)) }
            guard by.kind == .number else { throw Problem(.invalidJSON, "'by' must be a number.") }
            return .increment(by: by.text)
        case "swap": return .swap(try value("value"))
        case "compare-and-swap":
            return .compareAndSwap(expected: JSONValue(try value("old")), try value("new"))
        case "expire":
            guard members["ttl"] != nil else { throw Problem(.invalidJSON, "'expire' needs a 'ttl', like '30s'.") }
            return .expire
        case "persist": return .persist
        case "restore":
            guard let version = members["version"].flatMap({ UInt64($0.text.description) }) else {
                throw Problem(.invalidJSON, "'restore' needs a 'version': a whole number.")
            }
            return .restore(version: version)
        case let name?: throw Problem(.invalidJSON, "There is no operation '\(name)'.")
        }
    }

    private func value(_ name: String) throws -> JSONText {
        guard let value = members[name] else { throw Problem(.invalidJSON, "It needs a '\(name)'.") }
        let text = value.text
        let limit = api.store.limits.valueBytes
        guard text.utf8.count <= limit else {
            throw StoreError(
                .valueTooLarge, "'\(name)' has \(text.utf8.count) bytes; the most is \(limit).", limit: limit)
        }
        return text
    }

    private func text(_ name: String) throws(Problem) -> String? {
        guard let value = members[name], value.kind != .null else { return nil }
        guard let text = value.stringContent else { throw Problem(.invalidJSON, "'\(name)' must be a string.") }
        return String(decoding: text, as: UTF8.self)
    }

    private func flag(_ name: String) throws(Problem) -> Bool {
        guard let value = members[name] else { return false }
        switch value.text {
        case .true: return true
        case .false: return false
        default: throw Problem(.invalidJSON, "'\(name)' must be true or false.")
        }
    }

    private func tags() throws(Problem) -> [String]? {
        guard let value = members["tags"] else { return nil }
        guard case .array(let elements) = value else {
            throw Problem(.invalidJSON, "'tags' must be an array of strings.")
        }
        return try elements.map { element throws(Problem) in
            guard let tag = element.stringContent, !tag.isEmpty else {
                throw Problem(.invalidJSON, "'tags' must be an array of strings.")
            }
            return String(decoding: tag, as: UTF8.self)
        }
    }

    private func entityTags(_ name: String) throws(Problem) -> Precondition.Tags? {
        guard let text = try text(name) else { return nil }
        guard let tags = EntityTag.list(text) else {
            throw Problem(.invalidJSON, "'\(name)' must be '*' or a list of entity tags in double quotes.")
        }
        return tags
    }
}
