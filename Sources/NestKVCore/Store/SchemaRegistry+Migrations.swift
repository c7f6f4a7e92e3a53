import JSONSchema
import MicroJSON
import NestKVStorage

/// The values that a migration was tried on.
public struct MigrationProof: Sendable {
    /// The examples in the schema that it begins at.
    public fileprivate(set) var examples = 0
    /// The samples of the request.
    public fileprivate(set) var samples = 0
    /// The stored leaves.
    public fileprivate(set) var leaves = 0
    /// The values that it can't bring to its schema, the first ones.
    public fileprivate(set) var failures: [UnmigratedValue] = []
    /// The number of all of them.
    public fileprivate(set) var failed = 0
}

extension SchemaRegistry {
    /// A migration is tried on at most so many stored leaves.
    private static let leavesOfProof = 1000

    /// The leaf of a migration.
    public static func key(ofMigration name: String) -> Key {
        ReservedKeys.schemaMigrations.appending(Array(name.utf8))
    }

    /// Stores a migration, after it was tried on examples, samples and stored leaves.
    ///
    /// - Parameters:
    ///   - text: the schema that it leads to, which becomes the next version of its name in the same commit. It need
    ///     not be compatible with the version that the migration begins at. Nil if it is registered.
    ///   - samples: values that follow the schema that it begins at.
    ///   - isForced: whether it is stored though it fails for some of them.
    /// - Throws: ``StoreError`` `.unknownSchema`, `.migrationFailed` with the values that it fails for,
    ///   `.notApplicable` if it leads nowhere or there is another one between the schemas, and the errors of a schema
    ///   that can't be used.
    public func register(
        _ migration: SchemaMigration, to text: JSONText? = nil, samples: [JSONText], isForced: Bool,
        _ options: WriteOptions
    ) async throws(StoreError) -> (result: WriteResult, proof: MigrationProof) {
        try await refresh()
        let snapshot = catalog.snapshot
        guard let from = snapshot.schema(migration.from), let origin = snapshot.expected(from.hash) else {
            throw .unknownSchema(migration.from)
        }
        var next: NextVersion?
        let target: ExpectedSchema
        if let text {
            let version = try await nextVersion(text, of: migration)
            (next, target) = (version.isRegistered ? nil : version, version.schema)
        } else {
            guard let to = snapshot.schema(migration.to), let expected = snapshot.expected(to.hash) else {
                throw .unknownSchema(migration.to)
            }
            target = expected
        }
        try check(migration, from: from.hash, to: target.schema.hash)
        let proof = try await prove(snapshot.plan(migration, origin, target), from, samples)
        guard proof.failed == 0 || isForced else { throw .unproven(migration, proof) }
        var options = options
        options.attribution.schemaHash = nil
        let request = WriteRequest(Put(migration.text), at: Self.key(ofMigration: migration.name), options)
        guard let next else { return (try await store.write([request], if: [])[0], proof) }
        var ofName = WriteOptions(view: .leaf)
        ofName.attribution.modifiedBy = options.attribution.modifiedBy
        ofName.attribution.comment = options.attribution.comment
        return (try await write(next.candidate, at: next.node, next.name, ofName, after: [request]).others[0], proof)
    }

    /// Refuses a migration that leads nowhere, or where there is another one.
    private func check(_ migration: SchemaMigration, from: String, to: String) throws(StoreError) {
        guard from != to else {
            throw StoreError(.notApplicable, "'\(migration.from)' and '\(migration.to)' are the same schema, \(from).")
        }
        let snapshot = catalog.snapshot
        for other in snapshot.migrations where other.name != migration.name {
            guard snapshot.schema(other.from)?.hash == from, snapshot.schema(other.to)?.hash == to else { continue }
            throw StoreError(
                .notApplicable,
                "The migration '\(other.name)' leads from and to the same schemas; change or delete that one.")
        }
    }

    /// A schema that a migration brings along.
    private struct NextVersion {
        let name: String
        let candidate: Candidate
        let schema: ExpectedSchema
        /// The leaf of the name.
        let node: Node
        let isRegistered: Bool
    }

    private func nextVersion(
        _ text: JSONText, of migration: SchemaMigration
    ) async throws(StoreError) -> NextVersion {
        guard case .version(let name, let version) = migration.to, case .version(name, let earlier) = migration.from,
            earlier == version - 1
        else {
            throw StoreError(
                .notApplicable,
                "A schema can only come along with a migration between two versions of a name, one after the other, as "
                    + "'user@1..user@2'.")
        }
        let candidate = try checked(text)
        let node = try await store.get(Self.key(of: name), .leaf)
        let hash = candidate.hash.description
        let schema = ExpectedSchema(
            schema: RegisteredSchema(hash: hash, text: candidate.text, options: catalog.options),
            name: NamedSchema(name: name, version: version, hash: hash))
        let known = catalog.snapshot.schema(migration.to)?.hash
        guard known == hash || known == nil && node.version == earlier else {
            throw StoreError(
                .notApplicable,
                known == nil
                    ? "'\(migration.to)' can't be registered: the newest version of '\(name)' is "
                        + "\(node.version.map { "\($0)" } ?? "none")."
                    : "'\(migration.to)' is registered with another schema; leave 'schema' out.")
        }
        return NextVersion(
            name: name, candidate: candidate, schema: schema, node: node, isRegistered: known != nil)
    }

    private func prove(
        _ plan: MigrationPlan, _ schema: RegisteredSchema, _ samples: [JSONText]
    ) async throws(StoreError) -> MigrationProof {
        var proof = MigrationProof()
        let compiled = try schema.compiled()
        let examples = schema.text.slice(at: [Array("examples".utf8)])?.elements.map { JSONText(trusted: Array($0)) }
        for (index, example) in (examples ?? []).enumerated() {
            // An example need not follow its schema.
            guard (try? compiled.isValid(example)) == true else { continue }
            proof.examples += 1
            proof.take(plan, example, .schema("/examples/\(index)"), limit: catalog.errorLimit)
        }
        for (index, sample) in samples.enumerated() {
            proof.samples += 1
            guard (try? compiled.isValid(sample)) == true else {
                let detail = "The sample doesn't follow \(plan.labels.from), which the migration begins at."
                proof.fail(.request("/samples/\(index)"), detail, limit: catalog.errorLimit)
                continue
            }
            proof.take(plan, sample, .request("/samples/\(index)"), limit: catalog.errorLimit)
        }
        var walk = StoreWalk(store)
        while proof.leaves < Self.leavesOfProof, let leaf = try await walk.next() {
            guard leaf.attribution.schemaHash == plan.from else { continue }
            proof.leaves += 1
            proof.take(plan, leaf.value, .stored(leaf.key), limit: catalog.errorLimit)
        }
        return proof
    }
}

extension MigrationProof {
    /// Tries a migration on a value.
    fileprivate mutating func take(
        _ plan: MigrationPlan, _ value: JSONText, _ source: UnmigratedValue.Source, limit: Int
    ) {
        let path: Key? = if case .stored(let key) = source { key } else { nil }
        do throws(StoreError) {
            _ = try plan.converted(value, at: path)
        } catch {
            fail(source, error.message, limit: limit)
        }
    }

    fileprivate mutating func fail(_ source: UnmigratedValue.Source, _ detail: String, limit: Int) {
        failed += 1
        if failures.count < limit { failures.append(UnmigratedValue(source, detail)) }
    }
}

extension StoreError {
    /// A migration fails for some of the values that it was tried on.
    fileprivate static func unproven(_ migration: SchemaMigration, _ proof: MigrationProof) -> StoreError {
        let tried = proof.examples + proof.samples + proof.leaves
        var error = StoreError(
            .migrationFailed,
            "The migration '\(migration.name)' fails for \(proof.failed) of \(tried) values that it was tried on; "
                + "they are in 'errors'.", .force)
        error.report = SchemaReport(unmigrated: proof.failures, unmigratedCount: proof.failed)
        return error
    }
}
