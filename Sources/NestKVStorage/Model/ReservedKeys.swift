/// What belongs to the service itself: names at the top that begin with `_`. Paths there are its endpoints, and its own
/// records are leaves there.
public enum ReservedKeys {
    /// Where its own records are.
    public static let root = Key(["_nestkv".utf8])
    /// The settings of entry points, one leaf for each.
    public static let entryPoints = own("entry-points")
    /// The positions of followers, one leaf for each.
    public static let followers = own("followers")
    /// The answers to requests with an idempotency key.
    public static let idempotency = own("idempotency")

    /// The schemas, a leaf for each name and for each hash. Their paths are those of their endpoints.
    public static let schemas = Key(["__schema".utf8])
    /// Which paths follow which schema, one leaf for each binding.
    public static let schemaBindings = schemas.appending("_bindings".utf8)
    /// The steps between two schemas, one leaf for each migration.
    public static let schemaMigrations = schemas.appending("_migrations".utf8)
    /// What new versions of a schema must have in common with earlier ones, one leaf for each name.
    public static let schemaCompatibility = schemas.appending("_compatibility".utf8)
    /// The jobs that migrate what is stored, one leaf for each.
    public static let schemaJobs = schemas.appending("_jobs".utf8)

    /// What is above all of its own records.
    public static let roots = [root, schemas]

    /// Whether a name at the top, or a key or a path without its first `/`, belongs to the service.
    public static func contain(_ name: some Collection<UInt8>) -> Bool { name.first == UInt8(ascii: "_") }

    private static func own(_ name: String) -> Key { root.appending(Array(name.utf8)) }
}
