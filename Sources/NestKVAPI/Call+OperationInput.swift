import MicroHTTP
import MicroJSON
import MicroText
import NestKVCore

/// A write that is stated by header fields, query parameters and the body of a request. ``view()`` is its view.
extension Call: OperationInput {
    static var repairsText: Bool { Request.repairsText }

    func read<Value>(
        _ statement: Statement, _ grammar: @autoclosure () -> Grammar<Value>
    ) throws(Problem) -> Value? {
        try request.read(statement, grammar())
    }

    func problem(with statement: Statement, _ words: String) -> Problem { request.problem(with: statement, words) }

    func precondition() throws(Problem) -> Precondition { try request.precondition() }

    func tags() throws(Problem) -> [String]? { try request.tags() }

    /// The lifetime from `?ttl=` or `Nestkv-TTL`.
    func lifetime() throws(Problem) -> Duration? {
        let header = request.header(.lifetime)
        if let header, let parameter = query.text("ttl"), header != parameter {
            throw Problem(
                .invalidParameter,
                "The query parameter 'ttl' is '\(parameter)', but \(HeaderName.lifetime) is '\(header)'; give only one "
                    + "of them.")
        }
        return header == nil ? try query.read("ttl", .duration()) : try request.read(.lifetime, .duration())
    }

    func missingLifetime(_ operation: String) -> Problem {
        Problem(
            .invalidParameter,
            "'op=\(operation)' needs a lifetime; add '&ttl=30s' or the header \(HeaderName.lifetime).")
    }

    /// The body.
    func value() throws -> JSONText { try jsonBody() }

    /// The members of the body.
    func values(_ names: [String]) throws -> [JSONValue] {
        guard case .object(let members) = JSONValue(try jsonBody()), members.count == names.count else {
            throw wrongBody(names)
        }
        return try names.map { name in
            guard let value = members[name] else { throw wrongBody(names) }
            return value
        }
    }

    private func wrongBody(_ names: [String]) -> Problem {
        let list = names.map { "'\($0)'" }.joined(separator: " and ")
        return Problem(.invalidJSON, "The body must be an object with exactly the members \(list).")
    }

    func read<Value>(_ name: String, _ grammar: Grammar<Value>, from kind: JSONKind) throws -> Value? {
        try query.read(name, grammar)
    }

    func missing<Value>(_ name: String, _ grammar: Grammar<Value>, example: String) -> any Error {
        let operation = query.text("op") ?? ""
        return Problem(
            .invalidParameter, "'op=\(operation)' needs a \(name); add for example '&\(name)=\(example)'.")
    }
}
