import JSONMigration
import JSONSchema
import Logging
import MicroJSON
import NestKVStorage
import Synchronization

/// The registered schemas and their bindings, in memory because every write asks for them. They are stored as internal
/// leaves, so they have versions like all leaves.
public final class SchemaCatalog: Catalog {
    /// The most errors that a reply contains.
    public let errorLimit: Int
    /// What a schema and one validation may cost.
    public let options: SchemaOptions
    /// What the checks of values found.
    public let tally: SchemaTally
    /// The leaves that readers got migrated, for bindings that store them so.
    let writeBacks = WriteBacks()
    private let keys: any KeyService
    private let schemas: CatalogTable<StoredSchema>
    private let bindings: CatalogTable<SchemaBinding>
    private let migrations: CatalogTable<SchemaMigration>
    private let containments = Containments()
    /// What one migration of a value may cost.
    private let migrationLimits: MigrationLimits
    private let levels: CatalogTable<NamedLevel>
    private let made = Mutex<(snapshot: SchemaSnapshot?, generation: UInt64)>((.empty, 0))
    /// A bit for each entry point with a binding, as ``bit(_:)`` numbers them, and the last one if there is anything in
    /// the catalog. While it is not known, all bits are set.
    private let attention = Atomic<UInt64>(0)
    /// The generation of ``snapshot``, for readers that hold no lock.
    private let current = Atomic<UInt64>(0)

    /// A catalog without entries.
    public init(
        keys: any KeyService = PathKeyService(), limits: SchemaLimits = SchemaLimits(), errorLimit: Int = 32,
        migrationLimits: MigrationLimits = MigrationLimits(),
        logger: Logger = Logger(label: "nestkv.schemas") { _ in SwiftLogNoOpLogHandler() }
    ) {
        var options = SchemaOptions()
        options.limits = limits
        (self.keys, self.options, self.errorLimit) = (keys, options, errorLimit)
        tally = SchemaTally(logger: logger)
        schemas = CatalogTable { [options] in StoredSchema($0, options) }
        bindings = CatalogTable { SchemaBinding($0, keys) }
        migrations = CatalogTable { SchemaMigration($0) }
        self.migrationLimits = migrationLimits
        levels = CatalogTable { NamedLevel($0) }
    }

    public var root: Key { ReservedKeys.schemas }

    public func take(_ record: Record) {
        switch record.key.parent {
        case ReservedKeys.schemas: schemas.take(record)
        case ReservedKeys.schemaBindings: bindings.take(record)
        case ReservedKeys.schemaMigrations: migrations.take(record)
        case ReservedKeys.schemaCompatibility: levels.take(record)
        // The state of jobs changes often, and no snapshot has it.
        default: return
        }
        forget()
    }

    public func reset(_ records: [Record], at revision: Revision) {
        let groups = Dictionary(grouping: records, by: \.key.parent)
        schemas.reset(groups[ReservedKeys.schemas] ?? [], at: revision)
        bindings.reset(groups[ReservedKeys.schemaBindings] ?? [], at: revision)
        migrations.reset(groups[ReservedKeys.schemaMigrations] ?? [], at: revision)
        levels.reset(groups[ReservedKeys.schemaCompatibility] ?? [], at: revision)
        forget()
    }

    private func forget() {
        // Under the lock, so that a snapshot that is being made of older entries can't overwrite it.
        made.withLock { made in
            made = (nil, made.generation + 1)
            attention.store(.max, ordering: .sequentiallyConsistent)
            current.store(made.generation, ordering: .sequentiallyConsistent)
        }
    }

    /// Rises with each change of the catalog.
    @inline(__always)
    var generation: UInt64 { current.load(ordering: .acquiring) }

    /// Everything in the catalog at one moment.
    var snapshot: SchemaSnapshot {
        made.withLock { made in
            if let snapshot = made.snapshot { return snapshot }
            let known = KnownMigrations(migrations.all, containments, migrationLimits, errorLimit: errorLimit)
            let snapshot = SchemaSnapshot(
                schemas.all, bindings.all, known, levels: levels.all, generation: made.generation)
            made.snapshot = snapshot
            attention.store(snapshot.attention, ordering: .sequentiallyConsistent)
            return snapshot
        }
    }
}

extension SchemaCatalog {
    /// Whether there is anything in the catalog.
    @inline(__always)
    var isUsed: Bool { attention.load(ordering: .relaxed) != 0 }

    /// Whether a path at, above or below a key may be bound. Costs some instructions.
    @inline(__always)
    func mayBind(_ key: Key) -> Bool {
        let attention = attention.load(ordering: .relaxed)
        return attention != 0 && attention & 1 << Self.bit(key.bytes) != 0
    }

    /// The bit of an entry point, of the beginning of its name.
    @inline(__always)
    static func bit(_ name: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0
        for byte in name.prefix(4) {
            guard byte != 0 else { break }
            hash = hash &* 31 &+ UInt64(byte)
        }
        return hash % 63
    }

    /// The key that a writer of a key locks: that of the topmost bound path that the write changes.
    func lock(for key: Key) -> Key {
        guard mayBind(key), !key.isInternal else { return key }
        return snapshot.index.bindings(of: key).paths.first?.key ?? key
    }

    /// The hash of a registered schema.
    ///
    /// - Throws: ``StoreError`` `.unknownSchema`.
    public func hash(of text: String) throws(StoreError) -> String {
        guard let reference = SchemaReference(text) else {
            throw StoreError(.unknownSchema, "'\(text)' names no schema; it must be \(SchemaReference.forms).")
        }
        guard let schema = snapshot.schema(reference) else { throw .unknownSchema(reference) }
        return schema.hash
    }

    /// All bindings, sorted by their names.
    public var allBindings: [SchemaBinding] { snapshot.bindings.map(\.binding) }

    /// The hash of the schema that a binding leads to now; nil if it is not registered.
    public func hash(of binding: SchemaBinding) -> String? { snapshot.bound(binding).hash }

    /// All migrations, sorted by their names.
    public var allMigrations: [SchemaMigration] { snapshot.migrations }
    /// What a new version of a name must have in common with earlier ones.
    public func compatibility(of name: String) -> CompatibilityLevel { snapshot.compatibility(of: name) }

    /// All names with their newest versions, sorted.
    public var allNames: [(name: String, version: UInt64, hash: String)] {
        snapshot.names.values.sorted { $0.name < $1.name }.map { ($0.name, $0.version, $0.hash) }
    }

    /// The number of schemas.
    public var count: Int { snapshot.schemas.count }
}

extension StoreError {
    static func unknownSchema(_ reference: SchemaReference) -> StoreError {
        let advice =
            if let name = reference.name { "register it with 'PUT /__schema/\(name)'" } else { "register it first" }
        return StoreError(.unknownSchema, "No schema '\(reference)' is registered; \(advice).")
    }
}
