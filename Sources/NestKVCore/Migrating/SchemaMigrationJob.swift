import MicroJSON
import MicroText
import NestKVStorage

/// Jobs that bring all stored leaves of a schema's older versions to another version.
public struct SchemaMigrationJob: JobKind {
    /// What a job does.
    public struct Parameters: Sendable {
        /// The name of the schema.
        public let schema: String
        /// The version that leaves are brought to, `user@2`.
        public let to: SchemaReference
        /// The path at and below which leaves are visited; the root for all.
        public let below: Key
        /// Whether nothing is written.
        public let isDryRun: Bool

        /// Parameters from their parts.
        public init(schema: String, to: SchemaReference, below: Key, isDryRun: Bool) {
            (self.schema, self.to, self.below, self.isDryRun) = (schema, to, below, isDryRun)
        }

        /// The parameters of a stored job; nil if they are not such.
        init?(_ text: JSONText, _ keys: any KeyService) {
            guard let schema = text.text(at: "schema"), let to = text.text(at: "to").flatMap({ SchemaReference($0) }),
                let below = text.text(at: "below"),
                let key = below == "/" ? .root : try? keys.key(path: Array(below.utf8)[...])
            else { return nil }
            self.init(
                schema: schema, to: to, below: key,
                isDryRun: text.slice(at: [Array("dryRun".utf8)])?.description == "true")
        }

        /// As a job keeps them.
        public var text: JSONText {
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("schema", schema)
                writer.member("to", to.description)
                writer.member("below", below == .root ? "/" : below.path)
                writer.member("dryRun", isDryRun)
            }
            return writer.text
        }
    }

    /// The name of these jobs.
    public static let kind = "schema-migration"
    public var name: String { Self.kind }

    private let store: any Store
    private let catalog: SchemaCatalog
    private let keys: any KeyService

    /// Jobs on a store.
    public init(_ store: any Store, _ catalog: SchemaCatalog, _ keys: any KeyService) {
        (self.store, self.catalog, self.keys) = (store, catalog, keys)
    }

    /// The version of a name that a job would bring leaves to.
    ///
    /// - Parameter text: `user@2`, a hash, or nil for the newest version.
    /// - Throws: ``StoreError`` `.unknownSchema`, or `.notApplicable` if it is not a version of that name.
    public func target(_ text: String?, of schema: String) async throws(StoreError) -> SchemaReference {
        try await SchemaRegistry(store, catalog).refresh()
        let snapshot = catalog.snapshot
        guard let newest = snapshot.names[schema] else { throw .unknownSchema(.newest(schema)) }
        guard let text, text != schema else { return .version(schema, newest.version) }
        guard let reference = SchemaReference(text), let found = snapshot.schema(reference) else {
            throw StoreError(
                .unknownSchema, "'\(text)' is not a registered schema; it must be a version of '\(schema)'.")
        }
        guard let version = snapshot.versions(of: schema).first(where: { $0.hash == found.hash }) else {
            throw StoreError(.notApplicable, "'\(text)' is not a version of '\(schema)'.")
        }
        return .version(schema, reference.name == schema ? reference.number ?? version.version : version.version)
    }

    public func work(_ parameters: JSONText, after cursor: Key?) async throws(StoreError) -> any JobWork {
        guard let parameters = Parameters(parameters, keys) else {
            throw StoreError(.notApplicable, "The parameters of the job can't be read: \(parameters.description)")
        }
        // Another process may have registered migrations just now.
        try await SchemaRegistry(store, catalog).refresh()
        let snapshot = catalog.snapshot
        guard let target = snapshot.schema(parameters.to) else { throw .unknownSchema(parameters.to) }
        return Work(
            store: store, parameters: parameters, snapshot: snapshot, target: target.hash,
            versions: Dictionary(snapshot.versions(of: parameters.schema).map { ($0.hash, $0) }) { first, _ in first },
            walk: StoreWalk(store, below: parameters.below, after: cursor))
    }

    /// The leaves of one job.
    private struct Work: JobWork {
        let store: any Store
        let parameters: Parameters
        let snapshot: SchemaSnapshot
        let target: String
        /// The versions of the name by their hashes.
        let versions: [String: NamedSchema]
        var walk: StoreWalk

        mutating func next() async throws(StoreError) -> JobItem? { try await walk.next().map(item) }

        func again(_ key: Key) async throws(StoreError) -> JobItem {
            guard let leaf = try await store.get(key, .leaf).soleLeaf else { return JobItem(key, .unchanged) }
            return item(of: leaf)
        }

        private func item(of leaf: Record) -> JobItem {
            guard let hash = leaf.attribution.schemaHash, hash != target, let version = versions[hash],
                let plan = snapshot.migration(from: hash, to: target)
            else { return JobItem(leaf.key, .unchanged) }
            do throws(StoreError) {
                let comment = "schema \(version.name)@\(version.version) → \(parameters.to)"
                let request = try WriteRequest.migrating(leaf, by: plan, comment)
                return JobItem(leaf.key, parameters.isDryRun ? .change : .write(request))
            } catch {
                return JobItem(leaf.key, .failed(error.message))
            }
        }
    }
}
