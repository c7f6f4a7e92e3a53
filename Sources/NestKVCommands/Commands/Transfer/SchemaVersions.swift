import MicroJSON
import NestKVCore

/// The schemas that a server has, and which versions of names they are.
struct SchemaVersions {
    /// The hashes of all schemas, sorted.
    private(set) var hashes: [String] = []
    /// The hashes of the versions of names, also of deleted ones.
    private var names: [String: [UInt64: String]] = [:]

    /// Those of a server that has no schemas.
    init() {}

    /// Asks a server.
    ///
    /// - Throws: as ``HTTPClient/fetch(_:_:fields:body:)``.
    init(_ client: HTTPClient) throws {
        for schema in try client.registered("hashes", at: "/__schema/_hashes") {
            guard let hash = schema.text(at: "hash") else { continue }
            hashes.append(hash)
            let versions = schema.slice(at: [Array("versions".utf8)]) ?? .emptyArray
            for version in versions.elements {
                let text = JSONText(trusted: Array(version)).stringContent ?? []
                guard case .version(let name, let number)? = SchemaReference(String(decoding: text, as: UTF8.self))
                else { continue }
                add(name, number, hash)
            }
        }
    }

    /// Takes what was registered just now.
    mutating func add(_ name: String, _ version: UInt64, _ hash: String) {
        names[name, default: [:]][version] = hash
    }

    /// The versions of a name with their hashes, oldest first.
    func versions(of name: String) -> [(version: UInt64, hash: String)] {
        names[name, default: [:]].sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The hash of a version of a name; nil for another reference, and if there is no such version.
    func hash(_ reference: SchemaReference) -> String? {
        guard case .version(let name, let version) = reference else { return nil }
        return names[name]?[version]
    }

    /// A version of a name that has a hash: the one with the number if it does, otherwise the newest.
    func version(of name: String, with hash: String, preferring number: UInt64) -> UInt64? {
        if names[name]?[number] == hash { return number }
        return versions(of: name).last { $0.hash == hash }?.version
    }
}
