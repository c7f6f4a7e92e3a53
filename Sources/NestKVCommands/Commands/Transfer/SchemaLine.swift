import MicroJSON
import NestKVCore
import NestKVStorage

/// A line of an import that is not a leaf but something to register: a schema, a migration or a binding.
struct SchemaLine {
    /// The members of a migration or binding that name schemas.
    static let referring = ["from", "to", "schema"]
    /// The members of a migration or binding that the server adds.
    static let derived = ["name", "hash", "back"]
    /// What the paths of such lines begin with.
    static let root = "/__schema/"

    /// What is registered.
    enum Kind {
        /// An earlier version of a name.
        case earlier(String, UInt64)
        /// The newest version of a name, a schema without a name, or what another folder has.
        case current(String)
    }

    let entry: ImportEntry
    let kind: Kind

    /// Reads a line; nil if it is a leaf.
    ///
    /// - Throws: ``CommandFailure`` that names the line.
    init?(_ entry: ImportEntry) throws(CommandFailure) {
        guard entry.path.hasPrefix(Self.root) else { return nil }
        let name = String(entry.path.dropFirst(Self.root.count))
        self.entry = entry
        switch SchemaReference(name) {
        case .version(let name, let version)?: kind = .earlier(name, version)
        case .newest?, .hash?: kind = .current(name)
        case nil:
            guard name.hasPrefix("_"), name.contains("/") else {
                throw .failure("Line \(entry.number) (\(entry.path)): '\(name)' names no schema.")
            }
            kind = .current(name)
        }
    }

    /// The author and the comment as header fields.
    ///
    /// - Throws: ``CommandFailure`` that names the line.
    var fields: [(name: String, value: String)] {
        get throws(CommandFailure) {
            var fields: [(name: String, value: String)] = []
            for (member, field) in [("modifiedBy", "Nestkv-Modified-By"), ("comment", "Nestkv-Comment")] {
                guard let text = entry.text.text(at: "metadata", member) else { continue }
                guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                    throw .failure("Line \(entry.number): '\(member)' must not contain control characters.")
                }
                fields.append((field, text))
            }
            return fields
        }
    }

    /// The path and the value on a server whose versions of names may have other numbers.
    func target(_ versions: SchemaVersions) -> (path: String, value: JSONText) {
        guard case .current(let name) = kind, name.hasPrefix("_") else { return (entry.path, entry.value) }
        var there: [String: String] = [:]
        for member in Self.referring {
            guard let text = entry.value.text(at: member) else { continue }
            there[text] = reference(text, versions)
        }
        var writer = JSONWriter(reserving: entry.value.utf8.count + 64)
        writer.beginObject()
        for member in entry.value.members {
            let name = String(decoding: member.name, as: UTF8.self)
            writer.name(utf8: member.name)
            if Self.referring.contains(name), let other = entry.value.text(at: name).flatMap({ there[$0] }) {
                writer.string(other)
            } else {
                writer.raw(member.value)
            }
        }
        writer.endObject()
        guard name.hasPrefix("_migrations/") else { return (entry.path, writer.text) }
        // The name of a migration consists of its schemas.
        let schemas = ["from", "to"].compactMap { entry.value.text(at: $0) }.map { there[$0] ?? $0 }
        guard schemas.count == 2 else { return (entry.path, writer.text) }
        return ("\(Self.root)_migrations/\(schemas.joined(separator: ".."))", writer.text)
    }

    /// The reference that leads to the same schema on a server; nil if that is not known.
    private func reference(_ text: String, _ versions: SchemaVersions) -> String? {
        guard case .version(let name, let number)? = SchemaReference(text),
            let hash = entry.text.text(at: "metadata", "schemas", text)
        else { return nil }
        guard let version = versions.version(of: name, with: hash, preferring: number) else { return hash }
        return SchemaReference.version(name, version).description
    }
}
