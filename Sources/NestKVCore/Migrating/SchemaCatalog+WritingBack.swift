import Logging
import NestKVStorage

extension SchemaCatalog {
    /// Stores leaves that were migrated when they were read as they were shown, until the task is cancelled.
    ///
    /// - Parameter store: the store that the leaves are in, with values as they are stored.
    public func writeBack(in store: any Store, _ logger: Logger) async {
        while !Task.isCancelled {
            for key in await writeBacks.next() {
                do throws(StoreError) {
                    try await writeBack(key, in: store)
                } catch {
                    // A writer was faster, or the store doesn't answer. The next read offers the leaf again.
                    logger.debug("a migrated leaf was not stored: \(error.message)", metadata: ["key": "\(key)"])
                }
            }
        }
    }

    /// Brings a leaf to the schema of its binding, unless it follows that already or changes meanwhile.
    private func writeBack(_ key: Key, in store: any Store) async throws(StoreError) {
        guard let leaf = try await store.get(key, .leaf).soleLeaf, let hash = leaf.attribution.schemaHash else {
            return
        }
        let snapshot = snapshot
        guard let bound = snapshot.index.binding(of: key), bound.binding.writesBack, let target = bound.hash,
            target != hash, let plan = snapshot.migration(from: hash, to: target)
        else { return }
        let comment = "schema \(plan.labels.from) → \(plan.labels.to)"
        _ = try await store.write([try .migrating(leaf, by: plan, comment)], if: [])
    }
}
