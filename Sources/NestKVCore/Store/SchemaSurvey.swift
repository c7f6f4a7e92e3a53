import JSONSchema
import MicroJSON
import NestKVStorage

/// Examines stored values by a schema: the composed values of bound paths, and leaves that have a schema in their
/// metadata.
///
/// It walks over the leaves once, in key order, and keeps only what the leaves above the current one contain. A value
/// that one leaf holds alone is examined as it comes; any other one is read when the walk has passed its last leaf.
struct SchemaSurvey: Sendable {
    let store: any Store
    /// All bindings, because a more specific one takes a path away from another one.
    let index: BindingIndex
    /// The names of the bindings whose values are examined.
    let bindings: Set<String>
    /// The hashes of the schemas whose leaves are examined, unless their paths are bound.
    let hashes: Set<String>
    /// The schema.
    let schema: CompiledSchema
    let errorLimit: Int
    /// What was found so far.
    private(set) var found = ExaminedValues()
    /// Where the changes begin that were not examined yet.
    var positions: [Feed: FeedPosition] = [:]

    /// Only paths at and below this one are examined.
    private var scope = Key.root
    private var lookup: BindingIndex.Lookup
    private var documents: [Document] = []
    private var open: [OpenPath] = []

    /// A leaf above bound paths.
    private struct Document {
        let key: Key
        /// The values in it that no other leaf has contributed to yet; nil for a value that must be read.
        var values: [Key: JSONText?]
    }

    /// A bound path that the walk is in.
    private struct OpenPath {
        let path: Key
        /// The leaf that is the value alone, as far as was seen.
        var sole: Record?
    }

    init(
        _ store: any Store, _ index: BindingIndex, bindings: Set<String>, hashes: Set<String> = [],
        _ schema: CompiledSchema, errorLimit: Int
    ) {
        (self.store, self.index, self.bindings, self.hashes) = (store, index, bindings, hashes)
        (self.schema, self.errorLimit) = (schema, errorLimit)
        lookup = BindingIndex.Lookup(index)
    }

    /// Whether nothing can be found.
    var isEmpty: Bool { bindings.isEmpty && hashes.isEmpty }

    /// Examines everything at and below a path.
    mutating func examine(at root: Key) async throws(StoreError) {
        scope = root
        for ancestor in root.ancestors.reversed() {
            if let leaf = try await store.get(ancestor, .leaf).soleLeaf { try await visit(leaf) }
        }
        var walk = LeafWalk(store, root, expected: 64)
        while let leaf = try await walk.next() { try await visit(leaf) }
        try await close(before: nil)
    }

    private mutating func visit(_ leaf: Record) async throws(StoreError) {
        try await close(before: leaf.key)
        let around = lookup.bindings(of: leaf.key)
        for (path, bound) in around.paths where selects(bound, path) { enter(path, leaf) }
        if has(leaf, around), scope.contains(leaf.key) { check(leaf.value, at: leaf.key) }
        if let below = around.below { enter(documentIn: leaf, below) }
    }

    private func selects(_ bound: BoundSchema, _ path: Key) -> Bool {
        bindings.contains(bound.binding.id) && scope.contains(path)
    }

    /// Whether a leaf is examined for the schema in its metadata.
    private func has(_ leaf: Record, _ around: BindingIndex.Bindings) -> Bool {
        guard let hash = leaf.attribution.schemaHash, hashes.contains(hash) else { return false }
        return around.paths.last?.key != leaf.key
    }

    /// A leaf at or below a bound path.
    private mutating func enter(_ path: Key, _ leaf: Record) {
        if let place = open.firstIndex(where: { $0.path == path }) {
            open[place].sole = nil
            return
        }
        var isInDocument = false
        for place in documents.indices where documents[place].values.removeValue(forKey: path) != nil {
            isInDocument = true
        }
        open.append(OpenPath(path: path, sole: leaf.key == path && !isInDocument ? leaf : nil))
    }

    /// A leaf above bound paths: what it has at them.
    private mutating func enter(documentIn leaf: Record, _ position: BindingIndex.Position) {
        var values: [Key: JSONText?] = [:]
        for place in documents.indices {
            // This leaf may take part in them.
            for path in documents[place].values.keys where leaf.key.isAncestor(of: path) {
                documents[place].values.removeValue(forKey: path)
                values.updateValue(nil, forKey: path)
            }
        }
        collect(from: leaf.value, position, at: leaf.key, isAlone: documents.isEmpty, &values)
        if !values.isEmpty { documents.append(Document(key: leaf.key, values: values)) }
    }

    private func collect(
        from text: JSONText, _ position: BindingIndex.Position, at parent: Key, isAlone: Bool,
        _ values: inout [Key: JSONText?]
    ) {
        func add(_ name: [UInt8], _ value: @autoclosure () -> JSONText) {
            let position = position.entering(name)
            guard !position.isEmpty else { return }
            let path = parent.appending(name)
            let value = value()
            if let bound = position.bound, bound.mode != .off, selects(bound, path), values[path] == nil {
                values.updateValue(isAlone ? value : nil, forKey: path)
            }
            if position.leadsOn { collect(from: value, position, at: path, isAlone: isAlone, &values) }
        }
        for member in text.members { add(member.name, member.value) }
        for (index, element) in text.elements.enumerated() {
            add(Array(String(index).utf8), JSONText(trusted: Array(element)))
        }
    }

    /// Examines what the walk has passed when it comes to a key; nil at its end.
    private mutating func close(before key: Key?) async throws(StoreError) {
        while let last = open.last, key.map({ !last.path.contains($0) }) ?? true {
            open.removeLast()
            if let sole = last.sole {
                check(sole.value, at: last.path)
            } else {
                try await examine(last.path)
            }
        }
        while let last = documents.last, key.map({ !last.key.isAncestor(of: $0) }) ?? true {
            documents.removeLast()
            for (path, value) in last.values.sorted(by: { $0.key < $1.key }) {
                if let value { check(value, at: path) } else { try await examine(path) }
            }
        }
    }

    /// Reads the value of a path and examines it.
    private mutating func examine(_ path: Key) async throws(StoreError) {
        do throws(StoreError) {
            let node = try await store.get(path, .tree)
            if node.exists { check(node.composed(), at: path) }
        } catch {
            guard error.code == .subtreeTooLarge || error.code == .unreadable else { throw error }
            found.examined += 1
            found.note(path, detail: error.message)
        }
    }

    private mutating func check(_ text: JSONText, at path: Key) {
        let (schema, limit) = (schema, errorLimit)
        found.examined += 1
        do throws(BudgetExceeded) {
            if try schema.isValid(text) { return }
            found.note(path, (try? schema.errors(in: text, limit: limit)) ?? [])
        } catch {
            found.note(path, detail: error.detail)
        }
    }
}

extension SchemaSurvey {
    /// Examines what changes have left.
    mutating func examine(_ changes: [Change]) async throws(StoreError) {
        scope = .root
        var paths: Set<Key> = []
        var leaves: Set<Key> = []
        var documents: Set<Key> = []
        for record in changes.lazy.map(\.record) where !record.key.isInternal {
            let around = index.bindings(of: record.key)
            for (path, bound) in around.paths where selects(bound, path) { paths.insert(path) }
            if has(record, around) { leaves.insert(record.key) }
            if around.below != nil { documents.insert(record.key) }
        }
        for path in paths.sorted() where !documents.contains(where: { $0.contains(path) }) { try await examine(path) }
        for key in leaves.sorted() where !documents.contains(where: { $0.contains(key) }) {
            guard let leaf = try await store.get(key, .leaf).soleLeaf else { continue }
            if has(leaf, index.bindings(of: key)) { check(leaf.value, at: key) }
        }
        for key in documents.sorted() where !documents.contains(where: { $0.isAncestor(of: key) }) {
            try await examine(at: key)
        }
    }
}
