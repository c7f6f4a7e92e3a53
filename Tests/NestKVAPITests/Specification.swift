import MicroJSON
import Testing

@testable import NestKVAPI

/// The embedded specification, with look-ups for the tests.
struct Specification {
    let document: JSONValue

    init() throws {
        document = try JSONValue(parsing: OpenAPI.json)
    }

    /// The operations by path and lower-case method.
    var operations: [(path: String, method: String, operation: JSONValue)] {
        let methods: Set = ["get", "head", "put", "patch", "delete", "post", "options", "trace"]
        return document["paths"].members.flatMap { path, item in
            item.members.filter { methods.contains($0.name) }.map { (path, $0.name, $0.value) }
        }
    }

    /// The names of an operation's query parameters, those of its path included, sorted.
    func queryParameters(_ path: String, _ operation: JSONValue) -> [String] {
        let all = document["paths"][path]["parameters"].elements + operation["parameters"].elements
        return all.map(resolved).filter { $0["in"].string == "query" }.compactMap { $0["name"].string }.sorted()
    }

    /// Every documented pair of a status and a problem's code, of the reusable responses.
    var problems: Set<Failure> {
        var failures: Set<Failure> = []
        for (_, response) in document["components"]["responses"].members {
            for part in response["content"]["application/problem+json"]["schema"]["allOf"].elements {
                guard let status = part["properties"]["status"]["const"].integer else { continue }
                for code in part["properties"]["code"]["enum"].elements {
                    failures.insert(Failure(status: status, code: code.string ?? ""))
                }
            }
        }
        return failures
    }

    /// The target of a `$ref` within the document, or the value itself.
    func resolved(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"].string, reference.hasPrefix("#") else { return value }
        let pointer = JSONPointer(String(reference.dropFirst()))
        return pointer.flatMap { document.value(at: $0.tokens) } ?? .scalar(.null)
    }

    /// Every `$ref` in the document.
    var references: Set<String> {
        var found: Set<String> = []
        func collect(_ value: JSONValue) {
            if let reference = value["$ref"].string { found.insert(reference) }
            for member in value.members { collect(member.value) }
            for element in value.elements { collect(element) }
        }
        collect(document)
        return found
    }
}

/// A problem's status together with its code.
struct Failure: Hashable, CustomStringConvertible {
    let status: Int
    let code: String

    var description: String { "\(status) \(code)" }
}

extension JSONValue {
    /// A member's value; `null` if there is no such member.
    subscript(_ name: String) -> JSONValue {
        if case .object(let object) = self { object[name] ?? .scalar(.null) } else { .scalar(.null) }
    }

    var members: [(name: String, value: JSONValue)] {
        guard case .object(let object) = self else { return [] }
        return object.map { (String(decoding: $0.name, as: UTF8.self), $0.value) }
    }

    var elements: [JSONValue] {
        if case .array(let elements) = self { Array(elements) } else { [] }
    }

    var string: String? { stringContent.map { String(decoding: $0, as: UTF8.self) } }

    var integer: Int? { Int(text.description) }
}
