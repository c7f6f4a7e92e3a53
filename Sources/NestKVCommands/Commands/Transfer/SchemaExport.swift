import MicroJSON
import NestKVCore

/// The lines of an export with all schemas, migrations and bindings, in the order in which an import registers them:
///
/// - `/__schema/user@1`: an earlier version of a name, the oldest first;
/// - `/__schema/user`: the newest version;
/// - `/__schema/sha256:…`: a schema without a name, as the values of a deleted name keep it;
/// - `/__schema/_migrations/…`, `/__schema/_bindings/…`: with the hashes of the versions that they name.
struct SchemaExport {
    private let client: HTTPClient
    private let persistence: Persistence

    init(_ client: HTTPClient, _ persistence: Persistence) {
        (self.client, self.persistence) = (client, persistence)
    }

    /// Writes the lines.
    ///
    /// - Returns: their number.
    func write(to file: ExportFile) throws -> Int {
        let versions = try persistence.persisting(client) { try SchemaVersions(client) }
        let names = try persistence.persisting(client) { try client.registered("schemas", at: "/__schema") }
        var rest = Set(versions.hashes)
        var count = 0
        for schema in names {
            guard let name = schema.text(at: "name"), let hash = schema.text(at: "hash"),
                let newest = schema.number(at: "version").map(UInt64.init)
            else { continue }
            for (version, hash) in versions.versions(of: name) where version < newest {
                try file.write(line: line(of: name, version, hash, path: "\(name)@\(version)"))
                rest.remove(hash)
                count += 1
            }
            try file.write(line: line(of: name, newest, hash, path: name))
            rest.remove(hash)
            count += 1
        }
        for hash in rest.sorted() {
            try file.write(line: Self.line(hash, try schema(hash)))
            count += 1
        }
        for list in ["migrations", "bindings"] {
            let elements = try persistence.persisting(client) {
                try client.ifThere { try client.registered(list, at: "/__schema/_\(list)") }
            }
            for element in elements ?? [] {
                try file.write(line: Self.line(of: element, in: "_\(list)", versions))
                count += 1
            }
        }
        return count
    }

    /// The line of a version of a name.
    private func line(of name: String, _ version: UInt64, _ hash: String, path: String) throws -> [UInt8] {
        let entry = try persistence.persisting(client) {
            try client.ifThere { try client.fetch("GET", "/__schema/\(name)?version=\(version)&entry").json() }
        }
        guard let entry, let value = entry.slice(at: [Array("value".utf8)]) else {
            // The version is no longer in the history of the name.
            return Self.line(path, try schema(hash))
        }
        return Self.line(path, value, entry.slice(at: [Array("metadata".utf8)]))
    }

    private func schema(_ hash: String) throws -> JSONText {
        try persistence.persisting(client) { try client.fetch("GET", "/__schema/\(hash)").json() }
    }

    private static func line(_ path: String, _ value: JSONText, _ metadata: JSONText? = nil) -> [UInt8] {
        var writer = JSONWriter(reserving: value.utf8.count + 512)
        writer.object { writer in
            writer.member("path", "/__schema/\(path)")
            writer.member("value", value)
            if let metadata { writer.member("metadata", metadata) }
        }
        return writer.bytes
    }

    /// The line of a migration or a binding.
    private static func line(of element: JSONText, in folder: String, _ versions: SchemaVersions) -> [UInt8] {
        var value = JSONWriter()
        var metadata = JSONWriter()
        value.beginObject()
        for member in element.members where !SchemaLine.derived.contains(String(decoding: member.name, as: UTF8.self)) {
            value.name(utf8: member.name)
            value.raw(member.value)
        }
        value.endObject()
        metadata.object { writer in
            writer.object("schemas") { writer in
                for name in SchemaLine.referring {
                    guard let reference = element.text(at: name).flatMap({ SchemaReference($0) }),
                        let hash = versions.hash(reference)
                    else { continue }
                    writer.member(named: reference.description, hash)
                }
            }
        }
        return line("\(folder)/\(element.text(at: "name") ?? "")", value.text, metadata.text)
    }
}

extension HTTPClient {
    /// Calls `body`; nil if what it asks for is not there.
    fileprivate func ifThere<Result>(_ body: () throws -> Result) throws -> Result? {
        do {
            return try body()
        } catch let problem as ServerProblem where [404, 410].contains(problem.status) {
            return nil
        }
    }
}
