import MicroJSON
import NestKVCore
import NestKVStorage

/// Registers the schemas, migrations and bindings of an import, each in a request of its own.
struct SchemaImport {
    /// The problems of what the server takes only by force. The server that wrote the export had it.
    private static let forced: Set = ["incompatible-schema", "migration-failed"]

    private let client: HTTPClient
    private let persistence: Persistence
    private var versions: SchemaVersions?
    /// The number of lines that the server has now.
    private(set) var count = 0

    init(_ client: HTTPClient, _ persistence: Persistence) {
        (self.client, self.persistence) = (client, persistence)
    }

    /// Registers a line. What the server has already is not registered again.
    ///
    /// - Returns: a message if the server refuses it.
    mutating func register(_ line: SchemaLine) throws(CommandFailure) -> String? {
        var known: SchemaVersions
        if let versions {
            known = versions
        } else {
            known = try persistence.persisting(client) { try SchemaVersions(client) }
        }
        defer { versions = known }
        var (path, value) = line.target(known)
        if case .earlier(let name, let version) = line.kind {
            let hash = CanonicalHashing().hash(of: value).description
            let has = known.versions(of: name)
            // If the server has more versions, this one would become the newest a second time.
            if has.contains(where: { $0.hash == hash }), has.last.map({ $0.version >= version }) ?? false {
                count += 1
                return nil
            }
            path = "/__schema/\(name)"
        }
        let fields = try line.fields
        let outcome = try persistence.persisting(client) { try put(path, value, fields) }
        switch outcome {
        case .failure(let problem):
            return "Line \(line.entry.number) (\(line.entry.path)): \(problem.failure.message)"
        case .success(let answer):
            count += 1
            guard let registered = try? answer.json(), let name = registered.text(at: "name"),
                let version = registered.number(at: "version"), let hash = registered.text(at: "hash")
            else { return nil }
            known.add(name, UInt64(version), hash)
            return nil
        }
    }

    /// - Throws: ``ClientFailure``, or ``ServerProblem`` if it may succeed later.
    private func put(
        _ path: String, _ value: JSONText, _ fields: [(name: String, value: String)]
    ) throws -> Result<Answer, ServerProblem> {
        var target = Target(path)
        var isForced = false
        while true {
            do {
                return .success(try client.fetch("PUT", target.text, fields: fields, body: value.utf8))
            } catch let problem as ServerProblem where !problem.isPassing {
                guard let code = problem.code, Self.forced.contains(code), !isForced else { return .failure(problem) }
                isForced = true
                target.add("force")
            }
        }
    }
}
