import Logging
import NestKVStorage

/// Migrates stored leaves by jobs.
public struct MigrationService: Sendable {
    /// Carries out the jobs.
    public let jobs: JobRunner
    /// The most leaves that a job changes in a second if nothing else is asked for; 0 for any number.
    public let rate: Int
    private let kind: SchemaMigrationJob

    /// A service on a store. Its jobs are carried out while ``JobRunner/run()`` runs.
    ///
    /// - Parameter lease: how long a job of a process that ended waits for another one.
    public init(
        _ store: any Store, _ catalog: SchemaCatalog, keys: any KeyService, compute: ComputePool, rate: Int = 5000,
        lease: Duration = .seconds(30), logger: Logger
    ) {
        kind = SchemaMigrationJob(store, catalog, keys)
        self.rate = rate
        jobs = JobRunner(
            at: ReservedKeys.schemaJobs, [kind], in: store, keys: keys, compute: compute, lease: lease, logger: logger)
    }

    /// Starts a job that brings leaves to a version of a schema.
    ///
    /// - Parameters:
    ///   - schema: the name of the schema.
    ///   - target: the version or hash; nil for the newest version.
    ///   - below: the path at and below which leaves are visited; the root for all.
    ///   - rate: the most leaves that are changed in a second; nil for ``rate``.
    /// - Throws: ``StoreError`` `.unknownSchema`, `.notApplicable`, or `.busy` if too many jobs are running.
    public func start(
        _ schema: String, to target: String?, below: Key, isDryRun: Bool, rate: Int?
    ) async throws(StoreError) -> Job {
        let to = try await kind.target(target, of: schema)
        let parameters = SchemaMigrationJob.Parameters(schema: schema, to: to, below: below, isDryRun: isDryRun)
        return try await jobs.start(SchemaMigrationJob.kind, parameters.text, rate: rate ?? self.rate)
    }
}
