import JSONSchema
import Logging
import MemoryDriver
import MicroJSON
import Synchronization
import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// New versions of schemas, over a store in memory.
@Suite(.timeLimit(.minutes(1)))
struct CompatibilityTests {
    @Test(arguments: [
        (CompatibilityLevel.backward, #"{"maximum":9}"#, true), (.backward, #"{"maximum":3}"#, false),
        (.forward, #"{"maximum":3}"#, true), (.forward, #"{"maximum":9}"#, false),
        (.full, #"{"maximum":9}"#, false), (.full, #"{"maximum":3}"#, false), (.full, #"{"maximum":5.0}"#, true),
        (.none, #"{"type":"array"}"#, true), (.backwardTransitive, #"{"maximum":6}"#, false),
        (.backwardTransitive, #"{"maximum":8}"#, true), (.forwardTransitive, #"{"maximum":4}"#, true),
        (.fullTransitive, #"{"maximum":6}"#, false),
    ])
    func `the level decides which schemas are accepted`(
        _ level: CompatibilityLevel, _ schema: String, _ isAccepted: Bool
    ) async throws {
        let (store, registry) = try await Self.registry()
        for maximum in [8, 5] {
            _ = try await registry.register(text(#"{"maximum":\#(maximum)}"#), as: "s", isForced: true, WriteOptions())
        }
        _ = try await registry.setCompatibility(text(#"{"level":"\#(level.rawValue)"}"#), of: "s", WriteOptions())
        // Without a value that breaks the schema, backward would always be accepted.
        let options = WriteOptions(attribution: Attribution(schemaHash: try registry.catalog.hash(of: "s@1")))
        _ = try await store.write(Put(.integer(7)), at: key("e/a"), options)
        let report = try await registry.compatibility(of: text(schema), with: "s")
        #expect(report.isCompatible == isAccepted && report.level == level)
        let failure = await Self.failure { () async throws(StoreError) in
            try await registry.register(text(schema), as: "s", WriteOptions())
        }
        #expect(failure?.code == (isAccepted ? nil : .incompatibleSchema), "\(failure?.message ?? "")")
        #expect(failure?.report?.compatibility?.level == (isAccepted ? nil : level))
    }

    /// What is written while a registration examines values is examined before it commits.
    @Test func `a value that is written during the examination makes the registration fail`() async throws {
        let (store, registry) = try await Self.boundRegistry()
        let late = SchemaRegistry(
            Late(base: store, while: .examining) { _ = try await store.write(Put(.integer(9)), at: key("e/0")) },
            registry.catalog)
        let failure = await Self.failure { () async throws(StoreError) in
            try await late.register(text(#"{"maximum":5}"#), as: "s", WriteOptions())
        }
        #expect(failure?.code == .incompatibleSchema)
        #expect(failure?.report?.compatibility?.data?.examples.first?.path == key("e/0"))
        // Without it, the schema is accepted.
        _ = try await store.write(Put(.integer(1)), at: key("e/0"))
        let registration = try await registry.register(text(#"{"maximum":5}"#), as: "s", WriteOptions())
        #expect(registration.record.version == 2 && registration.data?.invalid == 0)
    }

    /// What is written between the examination and the commit can't be noticed before, so the result tells of it.
    @Test func `a value that is written just before the commit is told`() async throws {
        let (store, registry) = try await Self.boundRegistry()
        let late = SchemaRegistry(
            Late(base: store, while: .committing) { _ = try await store.write(Put(.integer(9)), at: key("e/0")) },
            registry.catalog)
        let registration = try await late.register(text(#"{"maximum":5}"#), as: "s", WriteOptions())
        #expect(registration.record.version == 2 && registration.data?.invalid == 1)
        #expect(registration.data?.examples.first?.path == key("e/0"))
    }

    /// The schema `s` of integers, bound to `/e/+`, where one is stored.
    private static func boundRegistry() async throws -> (KeyValueStore, SchemaRegistry) {
        let (store, registry) = try await Self.registry()
        _ = try await registry.register(text(#"{"type":"integer"}"#), as: "s", WriteOptions())
        let binding = try SchemaBinding(
            id: "b", path: "/e/+", schema: .newest("s"), mode: .enforce, description: nil, PathKeyService())
        _ = try await registry.bind(binding, text(#"{"match":"/e/+","schema":"s"}"#), WriteOptions())
        _ = try await store.write(Put(.integer(1)), at: key("e/a"))
        return (store, registry)
    }

    private static func registry() async throws -> (KeyValueStore, SchemaRegistry) {
        let catalog = SchemaCatalog()
        let driver = try await DriverFactory.memory.open(
            try StoreURL("memory:"), DriverOptions(logger: Logger(label: "test")))
        let store = KeyValueStore(
            driver: driver, keys: PathKeyService(), metadata: StandardMetadata(hashing: CanonicalHashing()),
            locks: PathLocks(), rules: [], schemas: catalog, catalogs: [catalog])
        return (store, SchemaRegistry(store, catalog))
    }

    private static func failure(_ body: () async throws(StoreError) -> SchemaRegistry.Registration) async -> StoreError?
    {
        do throws(StoreError) {
            _ = try await body()
            return nil
        } catch {
            return error
        }
    }
}

/// A store in which something is written once, at a moment of a registration.
private final class Late: StoreDecorator {
    enum Moment { case examining, committing }

    let base: any Store
    private let moment: Moment
    private let isDone = Mutex(false)
    private let write: @Sendable () async throws -> Void

    init(base: any Store, while moment: Moment, _ write: @escaping @Sendable () async throws -> Void) {
        (self.base, self.moment, self.write) = (base, moment, write)
    }

    func scan(_ key: Key, after: Key?, limit: Int) async throws(StoreError) -> Page {
        let page = try await base.scan(key, after: after, limit: limit)
        if !key.isInternal { await reach(.examining) }
        return page
    }

    func write(_ requests: [WriteRequest], if conditions: [Condition]) async throws(StoreError) -> [WriteResult] {
        if requests[0].key.isInternal { await reach(.committing) }
        return try await base.write(requests, if: conditions)
    }

    private func reach(_ moment: Moment) async {
        let isFirst = isDone.withLock { isDone in
            defer { if moment == self.moment { isDone = true } }
            return !isDone && moment == self.moment
        }
        if isFirst { try? await write() }
    }
}
