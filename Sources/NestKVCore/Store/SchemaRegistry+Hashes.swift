import MicroJSON
import NestKVStorage

extension SchemaRegistry {
    /// Registers a schema without a name. If it is registered already, nothing is written.
    ///
    /// - Throws: as ``register(_:as:_:)``, and ``StoreError`` `.invalidSchema` if the schema has another hash.
    public func register(
        _ text: JSONText, withHash hash: String, _ options: WriteOptions
    ) async throws(StoreError) -> Registration {
        try await refresh()
        let candidate = try checked(text)
        let own = candidate.hash.description
        guard own == hash else {
            throw StoreError(
                .invalidSchema,
                "The schema has the hash \(own), not \(hash). Register it with that hash, or with a name.")
        }
        let key = Self.key(of: hash)
        for attempt in 1... {
            let node = try await store.get(key, .leaf)
            if case .failed(let failure) = options.precondition.evaluate(node, reading: nil) {
                throw .unmet(failure, current: node)
            }
            // Another program may have written something else there.
            if let record = node.soleLeaf, record.dataHash.description == hash {
                return Registration(record: record, result: nil, data: nil)
            }
            do throws(StoreError) {
                return try await write(candidate.text, at: node, options)
            } catch {
                // Another registration was faster.
                guard error.code == .preconditionFailed, attempt < Self.attempts else { throw error }
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// Writes the leaf of a hash, if it is still as it was read.
    private func write(
        _ text: JSONText, at node: Node, _ options: WriteOptions
    ) async throws(StoreError) -> Registration {
        var options = options
        options.view = .leaf
        options.precondition = Precondition()
        options.precondition.ifVersion = node.version ?? 0
        options.attribution.schemaHash = nil
        let result = try await store.write(Put(text), at: node.key, options)
        guard let record = result.node.soleLeaf else { throw .notFound(node.key, .leaf) }
        return Registration(record: record, result: result, data: nil)
    }
}

extension SchemaCatalog {
    /// The hashes of all schemas, sorted, each with the versions of names that it is.
    public var allHashes: [(hash: String, versions: [SchemaReference])] {
        let snapshot = snapshot
        var versions: [String: [SchemaReference]] = [:]
        for (version, hash) in snapshot.versions { versions[hash, default: []].append(version) }
        return snapshot.schemas.keys.sorted().map { hash in
            (hash, versions[hash, default: []].sorted { $0.isBefore($1) })
        }
    }
}

extension SchemaReference {
    /// The order of versions: by name, then by number.
    fileprivate func isBefore(_ other: SchemaReference) -> Bool {
        guard case .version(let name, let version) = self, case .version(name, let another) = other else {
            return description < other.description
        }
        return version < another
    }
}
