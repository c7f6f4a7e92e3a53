import JSONMigration
import JSONSchema
import MicroJSON
import NestKVStorage
import Synchronization

/// The way of a value from one schema to another one.
public final class MigrationPlan: Sendable {
    /// The hashes of the schemas.
    public let from: String, to: String
    /// All steps, one after another; none if values stay as they are.
    public let migration: Migration
    /// 8 hexadecimal digits for the steps and the schema that they lead to.
    public let fingerprint: String
    private let origin: ExpectedSchema
    private let target: ExpectedSchema
    private let hops: [(label: String, migration: Migration)]
    private let limits: MigrationLimits
    private let errorLimit: Int

    init(
        _ way: [MigrationHop], from origin: ExpectedSchema, to target: ExpectedSchema, _ limits: MigrationLimits,
        errorLimit: Int
    ) {
        (self.origin, self.target, self.limits, self.errorLimit) = (origin, target, limits, errorLimit)
        (from, to) = (origin.schema.hash, target.schema.hash)
        hops = way.compactMap { hop in
            guard let migration = hop.migration else { return nil }
            guard hop.isBack else { return ("'\(migration.name)'", migration.forward) }
            return migration.backward.map { ("'\(migration.name)', back", $0) }
        }
        migration = Migration(chaining: hops.map(\.migration))
        var writer = JSONWriter()
        writer.beginArray()
        writer.raw(migration.text)
        writer.string(to)
        writer.endArray()
        fingerprint = String(CanonicalHashing().hash(of: writer.text).description.dropFirst("sha256:".count).prefix(8))
    }

    /// The schemas as messages and comments call them: `user@1`, otherwise the hash.
    public var labels: (from: String, to: String) { (origin.label, target.label) }

    /// Whether there is a step.
    var changesValues: Bool { !hops.isEmpty }

    /// A value after all steps. It is not yet checked against the schema that they lead to.
    public func shown(_ text: JSONText) throws(MigrationFailure) -> JSONText {
        hops.isEmpty ? text : try migration.apply(to: text, limits: limits)
    }

    /// A value after all steps, which follows the schema that they lead to.
    ///
    /// - Parameter path: where the value is, for messages; nil if it is not stored.
    /// - Throws: ``StoreError`` `.migrationFailed` with the step that can't be done or the rules that the result
    ///   breaks, or `.schemaTooCostly`.
    public func converted(_ text: JSONText, at path: Key?) throws(StoreError) -> JSONText {
        let result = try applied(text, at: path)
        let compiled = try target.schema.compiled()
        let errors: [SchemaViolation]
        do throws(BudgetExceeded) {
            errors = try compiled.isValid(result) ? [] : compiled.errors(in: result, limit: errorLimit)
        } catch {
            throw .tooCostly(error, target.report(at: path ?? .root), target.label)
        }
        guard let first = errors.first else { return result }
        let place = first.instanceLocation.isEmpty ? "" : " at \(first.instanceLocation)"
        throw failure(
            at: path, "The result breaks \(errors.count) rule\(errors.count == 1 ? "" : "s")\(place): \(first.detail)",
            errors)
    }

    private func applied(_ text: JSONText, at path: Key?) throws(StoreError) -> JSONText {
        var text = text
        for (label, migration) in hops {
            do throws(MigrationFailure) {
                text = try migration.apply(to: text, limits: limits)
            } catch {
                throw failure(at: path, "Step \(error.step) of \(label), at \(error.path): \(error.detail)")
            }
        }
        return text
    }

    private func failure(at path: Key?, _ detail: String, _ errors: [SchemaViolation] = []) -> StoreError {
        var error = StoreError(
            .migrationFailed,
            "The value\(path.map { " of \($0)" } ?? "") can't be migrated from \(origin.label) to \(target.label). "
                + detail)
        error.report = target.report(at: path ?? .root, errors)
        return error
    }
}

/// The migrations in a ``SchemaCatalog``, and what is needed to find ways with them.
struct KnownMigrations: Sendable {
    /// Sorted by their names.
    let all: [SchemaMigration]
    let containments: Containments
    let limits: MigrationLimits
    let errorLimit: Int

    /// No migrations.
    static let none = KnownMigrations([], Containments(), MigrationLimits(), errorLimit: 32)

    init(_ all: [SchemaMigration], _ containments: Containments, _ limits: MigrationLimits, errorLimit: Int) {
        self.all = all.sorted { $0.name < $1.name }
        (self.containments, self.limits, self.errorLimit) = (containments, limits, errorLimit)
    }
}

extension SchemaSnapshot {
    /// The way of values from one schema to another one; nil without one, or if one of them is not registered.
    ///
    /// - Parameters:
    ///   - from: the hash of the schema that they follow.
    ///   - to: the hash of the other schema.
    func migration(from: String, to: String) -> MigrationPlan? {
        let pair = HashPair(from: from, to: to)
        if let found = plans.found(pair) { return found.plan }
        guard let origin = expected(from), let target = expected(to) else { return nil }
        return plans.keep(plan(origin, target), for: pair)
    }

    /// The way of values that a migration, which need not be in the catalog, makes.
    func plan(_ migration: SchemaMigration, _ origin: ExpectedSchema, _ target: ExpectedSchema) -> MigrationPlan {
        let hop = MigrationHop(target: target.schema.hash, migration: migration, isBack: false)
        return MigrationPlan([hop], from: origin, to: target, known.limits, errorLimit: known.errorLimit)
    }

    private func plan(_ origin: ExpectedSchema, _ target: ExpectedSchema) -> MigrationPlan? {
        let (from, to) = (origin.schema.hash, target.schema.hash)
        var way: [MigrationHop]? = []
        if from != to {
            way = graph.way(from: from, to: to) { inner, outer in
                guard let inner = schemas[inner], let outer = schemas[outer] else { return false }
                return known.containments.proves(inner, in: outer)
            }
        }
        return way.map { MigrationPlan($0, from: origin, to: target, known.limits, errorLimit: known.errorLimit) }
    }
}

/// The ways that were looked for.
final class MigrationPlans: Sendable {
    /// A way that was looked for.
    struct Found: Sendable {
        /// Nil if there is no way.
        let plan: MigrationPlan?
    }

    private let all = Mutex<[HashPair: Found]>([:])

    func found(_ pair: HashPair) -> Found? { all.withLock { $0[pair] } }

    func keep(_ plan: MigrationPlan?, for pair: HashPair) -> MigrationPlan? {
        all.withLock { $0[pair] = Found(plan: plan) }
        return plan
    }
}
