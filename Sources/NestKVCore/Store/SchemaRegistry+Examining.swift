import JSONSchema
import MicroJSON
import NestKVStorage

extension SchemaRegistry {
    /// A version of a name, and the number of leaves that have its hash in their metadata.
    public struct VersionCount: Sendable {
        public let version: UInt64
        public let hash: String
        public let leaves: Int
    }

    /// Counts the leaves by version, the newest first. Reads every leaf.
    ///
    /// - Throws: ``StoreError`` `.notFound`.
    public func leavesByVersion(of name: String) async throws(StoreError) -> [VersionCount] {
        let snapshot = catalog.snapshot
        let versions = snapshot.versions(of: name)
        guard !versions.isEmpty else { throw StoreError(.notFound, "There is no schema '\(name)'.") }
        let counts = try await leaves(following: Set(versions.map(\.hash)))
        return versions.map { VersionCount(version: $0.version, hash: $0.hash, leaves: counts[$0.hash, default: 0]) }
    }

    /// Tells which rules of a registered schema a value breaks.
    ///
    /// - Throws: ``StoreError`` `.unknownSchema`, `.schemaTooCostly`.
    public func validate(
        _ text: JSONText, by reference: SchemaReference
    ) throws(StoreError) -> (hash: String, errors: [SchemaViolation]) {
        guard let schema = catalog.snapshot.schema(reference) else { throw .unknownSchema(reference) }
        let compiled = try schema.compiled()
        do throws(BudgetExceeded) {
            return (schema.hash, try compiled.errors(in: text, limit: catalog.errorLimit))
        } catch {
            throw StoreError(.schemaTooCostly, "There is no verdict. \(error.detail)")
        }
    }

    /// Examines the values that follow a binding, whatever its mode.
    ///
    /// - Returns: what was found, and the revision since which it holds; nil if the values belong to several feeds.
    /// - Throws: ``StoreError`` `.unknownSchema`.
    public func examine(_ binding: SchemaBinding) async throws(StoreError) -> (ExaminedValues, since: Revision?) {
        try await refresh()
        let snapshot = catalog.snapshot
        guard let schema = snapshot.schema(binding.schema) else { throw .unknownSchema(binding.schema) }
        // What is off binds no path, so the binding is looked at as if it were in force.
        let others = snapshot.bindings.filter { $0.binding.id != binding.id }
        let index = BindingIndex(others + [snapshot.bound(binding.enforced)])
        var survey = SchemaSurvey(
            store, index, bindings: [binding.id], try schema.compiled(), errorLimit: catalog.errorLimit)
        let root = binding.match.root
        guard root != .root else {
            try await survey.examineAll()
            return (survey.found, survey.positions.count == 1 ? survey.positions.values.first?.revision : nil)
        }
        let revision = try await store.end(of: store.feed(of: root)).revision
        try await survey.examine(at: root)
        return (survey.found, revision)
    }
}

extension Pattern {
    /// The path up to the first wildcard: all paths that match are at or below it.
    fileprivate var root: Key {
        var names: [[UInt8]] = []
        for case .name(let name) in segments.prefix(while: { $0 != .any }) { names.append(name) }
        return Key(names)
    }
}
