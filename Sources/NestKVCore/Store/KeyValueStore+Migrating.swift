import NestKVStorage

/// Writes find values in the shapes in which readers got them.
extension KeyValueStore {
    /// The records of a path with leaves of older schemas migrated to those of their bindings. Those that a write
    /// replaces stay as they are.
    func migrated(_ records: NodeRecords, for work: PreparedWrite) -> NodeRecords {
        guard schemas.mayBind(work.key), !work.key.isInternal else { return records }
        var records = records
        for (index, ancestor) in records.ancestors.enumerated() { records.ancestors[index] = migrated(ancestor) }
        guard !work.traits.contains(.ignoresValue) else { return records }
        records.latest = records.latest.map(migrated)
        for (index, leaf) in records.below.enumerated() {
            let migrated = migrated(leaf)
            guard migrated !== leaf else { continue }
            records.below[index] = migrated
            records.subtree = nil
        }
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
