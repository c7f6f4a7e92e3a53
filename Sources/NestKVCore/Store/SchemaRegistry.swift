import JSONSchema
import MicroJSON
import NestKVStorage

/// Registers and deletes schemas and bindings. It writes the leaves; the catalog follows them.
public struct SchemaRegistry: Sendable {
    /// How often a registration is attempted when others keep being faster.
    static let attempts = 16
    /// How long after a registration the values that were written meanwhile are examined. Until then writes that had
    /// begun are committed, and other processes know the new version.
    private static let settling = Duration.milliseconds(500)

    let store: any Store
    let catalog: SchemaCatalog

    /// A registry in a store.
    public init(_ store: any Store, _ catalog: SchemaCatalog) {
        (self.store, self.catalog) = (store, catalog)
    }

    /// The result of a registration.
    public struct Registration: Sendable {
        /// The leaf of the name.
        public let record: Record
        /// The commit; nil if the newest version equals the schema already.
        public let result: WriteResult?
        /// What the stored values say of the schema, if the registration depends on it. Values that were written while
        /// it was carried out may be invalid.
        public let data: ExaminedValues?
    }

    /// The leaf of a name, or of a hash.
    public static func key(of name: String) -> Key { ReservedKeys.schemas.appending(Array(name.utf8)) }

    /// The leaf of a binding.
    public static func key(ofBinding id: String) -> Key { ReservedKeys.schemaBindings.appending(Array(id.utf8)) }

    /// Takes what other processes have registered just now.
    func refresh() async throws(StoreError) {
        let catalogs: [any Catalog] = [catalog]
        try await catalogs.load(from: store)
    }

    /// Registers a schema as the newest version of a name. If it equals that version, nothing is written.
    ///
    /// - Parameter isForced: whether it need not fit the earlier versions.
    /// - Throws: ``StoreError`` `.invalidSchema`, `.unresolvableReference`, `.schemaTooCostly`, `.incompatibleSchema`.
    public func register(
        _ text: JSONText, as name: String, isForced: Bool = false, _ options: WriteOptions
    ) async throws(StoreError) -> Registration {
        let key = Self.key(of: name)
        for attempt in 1... {
            let node = try await store.get(key, .leaf)
            // After that, so that no version is missing. The commit notices a later one.
            try await refresh()
            let candidate = try checked(text)
            if case .failed(let failure) = options.precondition.evaluate(node, reading: nil) {
                throw .unmet(failure, current: node)
            }
            if let record = node.soleLeaf, record.dataHash == candidate.hash {
                return Registration(record: record, result: nil, data: nil)
            }
            var survey = isForced || !node.exists ? nil : try await demandCompatibility(of: candidate, with: name)
            do throws(StoreError) {
                let result = try await write(candidate, at: node, name, options).ofName
                guard let record = result.node.soleLeaf else { continue }
                if survey != nil {
                    try? await Task.sleep(for: Self.settling)
                    // The schema is registered, even if it can't be told what was written meanwhile.
                    try? await survey?.examineChanges()
                }
                return Registration(record: record, result: result, data: survey?.found)
            } catch {
                // Another registration was faster.
                guard error.code == .preconditionFailed, attempt < Self.attempts else { throw error }
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// The schema with all schemas that it refers to.
    func checked(_ text: JSONText) throws(StoreError) -> Candidate {
        let snapshot = catalog.snapshot
        do throws(SchemaProblem) {
            _ = try CompiledSchema(checking: text, options: catalog.options, registered: snapshot.text)
            let bundle = try CompiledSchema.bundle(text, options: catalog.options, registered: snapshot.text)
            let compiled = try CompiledSchema(bundle, options: catalog.options.forBundles)
            return Candidate(text: bundle, hash: CanonicalHashing().hash(of: bundle), compiled: compiled)
        } catch {
            throw StoreError(error)
        }
    }

    /// Writes the leaf of the hash, which says which version of which name it is, and the leaf of the name.
    ///
    /// - Parameter others: what is written in the same commit.
    func write(
        _ candidate: Candidate, at node: Node, _ name: String, _ options: WriteOptions,
        after others: [WriteRequest] = []
    ) async throws(StoreError) -> (ofName: WriteResult, others: [WriteResult]) {
        let (text, hash) = (candidate.text, candidate.hash)
        let latest = try await store.history(node.key, limit: 1).first?.version ?? 0
        let known = try await store.get(Self.key(of: hash.description), .leaf)
        var ofHash = WriteOptions(view: .leaf)
        ofHash.precondition.ifVersion = known.version ?? 0
        ofHash.attribution.tags = known.soleLeaf?.attribution.tags ?? []
        ofHash.attribution.tags.append(SchemaReference.version(name, latest + 1).description)
        var ofName = options
        ofName.view = .leaf
        ofName.precondition = Precondition()
        ofName.precondition.ifVersion = node.version ?? 0
        ofName.attribution.schemaHash = nil
        var requests = [WriteRequest(Put(known.soleLeaf?.value ?? text), at: Self.key(of: hash.description), ofHash)]
        requests += others
        requests.append(WriteRequest(Put(text), at: node.key, ofName))
        var results: [WriteResult] = []
        if store.capabilities.atomicity == .leaf {
            // A version without the leaf of its hash must not exist.
            for request in requests { results += try await store.write([request], if: []) }
        } else {
            results = try await store.write(requests, if: [])
        }
        let result = results.removeLast()
        results.removeFirst()
        guard let version = result.node.version, version != latest + 1 else { return (result, results) }
        // The name was made and deleted again meanwhile, which a condition on its version doesn't notice.
        ofHash.precondition = Precondition()
        ofHash.attribution.tags[ofHash.attribution.tags.count - 1] = SchemaReference.version(name, version).description
        _ = try await store.write(Put(text), at: Self.key(of: hash.description), ofHash)
        return (result, results)
    }

    /// Deletes a name or a hash that is not in use.
    ///
    /// - Throws: ``StoreError`` `.schemaInUse`.
    public func unregister(_ name: String, _ options: WriteOptions) async throws(StoreError) -> WriteResult {
        try await refresh()
        let snapshot = catalog.snapshot
        let isHash = !SchemaReference.isName(name)
        let users = snapshot.bindings.filter { isHash ? $0.hash == name : $0.binding.schema.name == name }
        let migrations = snapshot.migrations.filter { migration in
            [migration.from, migration.to].contains { reference in
                isHash ? snapshot.schema(reference)?.hash == name : reference.name == name
            }
        }
        let leaves = isHash ? try await self.leaves(following: [name])[name, default: 0] : 0
        let names = isHash ? snapshot.names.values.filter { $0.hash == name }.map(\.name).sorted() : []
        guard users.isEmpty, migrations.isEmpty, leaves == 0, names.isEmpty else {
            throw Self.inUse(
                name, users.map(\.binding.id), migrations.map(\.name), names: names, leaves: isHash ? leaves : nil)
        }
        var options = options
        options.attribution.schemaHash = nil
        return try await store.write(Delete(), at: Self.key(of: name), options)
    }

    private static func inUse(
        _ name: String, _ bindings: [String], _ migrations: [String], names: [String], leaves: Int?
    ) -> StoreError {
        var users: [String] = []
        for (ids, what) in [(bindings, "binding"), (migrations, "migration")] where !ids.isEmpty {
            let list = ids.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
            users.append(ids.count == 1 ? "the \(what) \(list)" : "\(ids.count) \(what)s, as \(list)")
        }
        if let newest = names.first { users.append("the newest version of '\(newest)'") }
        if let leaves, leaves > 0 { users.append(leaves == 1 ? "1 value" : "\(leaves) values") }
        var error = StoreError(
            .schemaInUse,
            "The schema '\(name)' is used by \(users.joined(separator: " and ")); delete or change what uses it first.")
        error.report = SchemaReport(bindings: bindings, migrations: migrations, leaves: leaves)
        return error
    }

    /// The number of leaves by the hash in their metadata. Reads every leaf.
    func leaves(following hashes: Set<String>) async throws(StoreError) -> [String: Int] {
        var counts: [String: Int] = [:]
        var walk = StoreWalk(store)
        while let leaf = try await walk.next() {
            if let hash = leaf.attribution.schemaHash, hashes.contains(hash) { counts[hash, default: 0] += 1 }
        }
        return counts
    }

    /// Stores a binding.
    ///
    /// - Throws: ``StoreError`` `.unknownSchema`, or `.notApplicable` if another binding has the same paths.
    public func bind(
        _ binding: SchemaBinding, _ text: JSONText, _ options: WriteOptions
    ) async throws(StoreError) -> WriteResult {
        try await refresh()
        let snapshot = catalog.snapshot
        guard snapshot.schema(binding.schema) != nil else { throw .unknownSchema(binding.schema) }
        for other in snapshot.bindings
        where other.binding.match == binding.match && other.binding.id != binding.id {
            throw StoreError(
                .notApplicable,
                "The binding '\(other.binding.id)' has the paths '\(binding.path)' already; change or delete that one.")
        }
        var options = options
        options.attribution.schemaHash = nil
        return try await store.write(Put(text), at: Self.key(ofBinding: binding.id), options)
    }
}
