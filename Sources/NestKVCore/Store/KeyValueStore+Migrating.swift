import NestKVStorage

/// Writes find values in the shapes in which readers got them.
extension KeyValueStore {
    /// The records of a path with leaves of older schemas migrated to those of their bindings. If the only write of a
    /// commit replaces everything at the path, what it replaces stays as it is.
    func migrated(
        _ records: NodeRecords, of key: Key, _ traits: OperationTraits, _ staging: inout Staging
    ) -> NodeRecords {
        guard schemas.mayBind(key), !key.isInternal else { return records }
        var records = records
        func migrate(_ leaf: inout Record) -> Bool {
            let migrated = migrated(leaf)
            guard migrated !== leaf else { return false }
            staging.noteStored(leaf)
            leaf = migrated
            return true
        }
        for index in records.ancestors.indices { _ = migrate(&records.ancestors[index]) }
        guard !traits.contains(.ignoresValue) || staging.isOneOfSeveral else { return records }
        if var latest = records.latest, migrate(&latest) { records.latest = latest }
        for index in records.below.indices where migrate(&records.below[index]) { records.subtree = nil }
        return records
    }

    /// A leaf with its value migrated to the schema of its binding; the same leaf if it doesn't follow an older one, or
    /// can't be migrated.
    func migrated(_ leaf: Record) -> Record {
        guard let hash = leaf.attribution.schemaHash, !leaf.isDeleted, schemas.mayBind(leaf.key) else { return leaf }
        let snapshot = schemas.snapshot
        guard let expected = snapshot.index.binding(of: leaf.key)?.expected, expected.schema.hash != hash,
            let plan = snapshot.migration(from: hash, to: expected.schema.hash), plan.changesValues,
            let value = try? plan.converted(leaf.value, at: leaf.key)
        else { return leaf }
        return leaf.showing(value, schemaHash: expected.schema.hash)
    }
}
