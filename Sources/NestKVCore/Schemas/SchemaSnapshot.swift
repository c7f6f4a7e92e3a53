import JSONSchema
import MicroJSON
import NestKVStorage

/// A leaf with a schema: that of a name, or that of a hash.
struct StoredSchema: Sendable {
    /// Nil for the leaf of a hash.
    let name: NamedSchema?
    /// The versions of names that it is, as `user@3`; only the leaf of a hash knows them.
    let versions: [SchemaReference]
    let schema: RegisteredSchema

    /// Reads a leaf; nil if its name is not one of a schema, or not the hash of what it holds.
    init?(_ record: Record, _ options: SchemaOptions) {
        let text = String(decoding: record.key.name, as: UTF8.self)
        let hash = record.dataHash.description
        schema = RegisteredSchema(hash: hash, text: record.value, options: options)
        switch SchemaReference(text) {
        case .newest(let own):
            (name, versions) = (NamedSchema(name: own, version: record.version, hash: hash), [])
        case .hash(hash):
            (name, versions) = (nil, record.attribution.tags.compactMap { SchemaReference($0) })
        default: return nil
        }
    }
}

/// The registered schemas by what leads to them.
private struct SchemaTable {
    /// The schemas by hash.
    private(set) var schemas: [String: RegisteredSchema] = [:]
    private(set) var names: [String: NamedSchema] = [:]
    /// The hashes of the versions of names.
    private(set) var versions: [SchemaReference: String] = [:]

    init(_ stored: [StoredSchema]) {
        for one in stored {
            // The leaf of the hash stays when the name gets a new version, and keeps what was compiled.
            if one.name == nil || schemas[one.schema.hash] == nil { schemas[one.schema.hash] = one.schema }
            for version in one.versions { versions[version] = one.schema.hash }
            if let name = one.name { names[name.name] = name }
        }
        // A registration that failed half way may have left a tag.
        for name in names.values { versions[.version(name.name, name.version)] = name.hash }
    }

    /// The version of a name that a reference leads to; nil for a hash, or if it is not registered.
    private func named(_ reference: SchemaReference) -> NamedSchema? {
        switch reference {
        case .newest(let name): names[name]
        case .version(let name, let version):
            versions[reference].map { NamedSchema(name: name, version: version, hash: $0) }
        case .hash: nil
        }
    }

    /// The schema that a reference leads to; nil if it is not registered.
    func schema(_ reference: SchemaReference) -> RegisteredSchema? {
        let hash: String? = if case .hash(let hash) = reference { hash } else { named(reference)?.hash }
        return hash.flatMap { schemas[$0] }
    }

    /// How the schemas are connected. Migrations whose schemas are not registered are left out.
    func graph(of migrations: [SchemaMigration]) -> MigrationGraph {
        var families: [String: [(version: UInt64, hash: String)]] = [:]
        for case (.version(let name, let version), let hash) in versions where schemas[hash] != nil {
            families[name, default: []].append((version, hash))
        }
        return MigrationGraph(
            migrations.compactMap { migration in
                guard let from = schema(migration.from)?.hash, let to = schema(migration.to)?.hash else { return nil }
                return (migration, from, to)
            },
            families: families.sorted { $0.key < $1.key }.map { _, family in
                family.sorted { $0.version < $1.version }.map(\.hash)
            })
    }

    /// A binding with its schema.
    func bound(_ binding: SchemaBinding) -> BoundSchema {
        let expected = schema(binding.schema).map { ExpectedSchema(schema: $0, name: named(binding.schema)) }
        return BoundSchema(binding: binding, expected: expected)
    }
}

/// Everything in a ``SchemaCatalog`` at one moment.
final class SchemaSnapshot: Sendable {
    /// It rises with each change of the catalog.
    let generation: UInt64
    private let table: SchemaTable
    /// Sorted by their names.
    let bindings: [BoundSchema]
    let index: BindingIndex
    let known: KnownMigrations
    let graph: MigrationGraph
    let plans = MigrationPlans()
    private let levels: [String: CompatibilityLevel]
    /// See ``SchemaCatalog``.
    let attention: UInt64

    /// Nothing.
    static let empty = SchemaSnapshot([], [], .none, generation: 0)

    init(
        _ stored: [StoredSchema], _ bindings: [SchemaBinding], _ known: KnownMigrations, levels: [NamedLevel] = [],
        generation: UInt64
    ) {
        (self.known, self.generation) = (known, generation)
        self.levels = Dictionary(levels.map { ($0.name, $0.level) }) { $1 }
        let table = SchemaTable(stored)
        self.table = table
        self.bindings = bindings.sorted { $0.id < $1.id }.map(table.bound)
        index = BindingIndex(self.bindings)
        graph = table.graph(of: known.all)
        attention = stored.isEmpty && bindings.isEmpty ? 0 : 1 << 63 | Self.attention(to: bindings)
    }

    /// The schemas by hash.
    var schemas: [String: RegisteredSchema] { table.schemas }
    /// The newest versions of the names.
    var names: [String: NamedSchema] { table.names }
    /// Sorted by their names.
    var migrations: [SchemaMigration] { known.all }
    /// The hashes of the versions of names, also of deleted ones.
    var versions: [SchemaReference: String] { table.versions }

    /// Whether a path at, above or below a key may be bound.
    func mayBind(_ key: Key) -> Bool { attention & 1 << SchemaCatalog.bit(key.bytes) != 0 }

    private static func attention(to bindings: [SchemaBinding]) -> UInt64 {
        bindings.reduce(0) { bits, binding in
            guard binding.mode != .off else { return bits }
            guard case .name(let name)? = binding.match.segments.first else { return .max }
            return bits | 1 << SchemaCatalog.bit(name)
        }
    }

    /// A binding, which need not be in the catalog, with its schema.
    func bound(_ binding: SchemaBinding) -> BoundSchema { table.bound(binding) }

    /// The schema that a reference leads to; nil if it is not registered.
    func schema(_ reference: SchemaReference) -> RegisteredSchema? { table.schema(reference) }

    /// The text of the schema for the URI of a reference: a version of a name, or the `$id` of a name's newest version.
    func text(_ uri: String) -> JSONText? {
        switch SchemaReference(uri: uri) {
        case .newest: return nil
        case let reference?: return schema(reference)?.text
        case nil: break
        }
        let named = names.values.sorted { $0.name < $1.name }.lazy.compactMap { self.schemas[$0.hash] }
        return named.first { $0.uri == uri }?.text
    }

    /// The schema with a hash, and a name that it has; nil if it is not registered.
    func expected(_ hash: String) -> ExpectedSchema? {
        schemas[hash].map { ExpectedSchema(schema: $0, name: name(of: hash)) }
    }

    /// The retained versions of a name, the newest first.
    func versions(of name: String) -> [NamedSchema] {
        table.versions.compactMap { reference, hash in
            guard case .version(name, let version) = reference else { return nil }
            return NamedSchema(name: name, version: version, hash: hash)
        }.sorted { $0.version > $1.version }
    }

    /// What a new version of a name must have in common with earlier ones.
    func compatibility(of name: String) -> CompatibilityLevel { levels[name] ?? .standard }

    /// A version of a name that has a hash.
    private func name(of hash: String) -> NamedSchema? {
        names.values.filter { $0.hash == hash }.min { $0.name < $1.name }
            ?? table.versions.compactMap { reference, other in
                guard other == hash, case .version(let name, let version) = reference else { return nil }
                return NamedSchema(name: name, version: version, hash: hash)
            }.max { ($0.name, $0.version) < ($1.name, $1.version) }
    }
}
