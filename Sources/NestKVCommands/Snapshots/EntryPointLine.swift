import MicroJSON
import NestKVStorage

/// A line of a snapshot with the settings of an entry point.
struct EntryPointLine: Equatable {
    let line: [UInt8]
    /// The version of the leaf that holds the settings.
    private let version: String

    /// The lines of all entry points that have settings.
    ///
    /// - Throws: as ``HTTPClient/fetch(_:_:fields:body:)``.
    static func all(_ client: HTTPClient) throws -> [EntryPointLine] {
        let capabilities = try client.fetch("GET", "/_capabilities").json()
        let standards = [
            "history": capabilities.slice(at: ["stores", "0", "historyDepth"].map { Array($0.utf8) }),
            "maxValueSize": capabilities.slice(at: ["limits", "valueBytes"].map { Array($0.utf8) }),
            "replicas": JSONText.integer(1), "ttl": .null, "description": .null, "casRequired": .false,
        ]
        return try client.entryPoints().compactMap { name in
            let answer: Answer
            do {
                answer = try client.fetch("GET", "/_entrypoints" + Target.entryPoint(name))
            } catch let problem as ServerProblem where problem.status == 404 {
                return nil
            }
            guard let version = answer.field("Nestkv-Version") else { return nil }
            return EntryPointLine(name, try answer.json(), without: standards, version: String(version))
        }
    }

    private init(_ name: String, _ settings: JSONText, without standards: [String: JSONText?], version: String) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("entryPoint", name)
        writer.object("settings") { writer in
            for member in settings.members {
                let name = String(decoding: member.name, as: UTF8.self)
                // A default is left out: it may be different on the service that restores the snapshot.
                guard EntryPointSettings.names.contains(name), standards[name] != .some(member.value) else { continue }
                writer.name(utf8: name.utf8)
                writer.raw(member.value)
            }
        }
        writer.endObject()
        line = writer.bytes
        self.version = version
    }
}
