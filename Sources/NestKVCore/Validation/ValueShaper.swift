import MicroJSON
import NestKVStorage

/// Brings stored values into the shapes in which readers get them.
///
/// A value that follows the schema of its path's binding is shown as it is stored. One that follows an older schema is
/// migrated. One that can't be brought into the shape is refused where it is read itself, and left out of a value
/// above.
struct ValueShaper {
    let catalog: SchemaCatalog
    let snapshot: SchemaSnapshot
    /// The path whose value gets another shape than that of its binding, and the schema of this shape.
    let wanted: (path: Key, schema: ExpectedSchema)?
    /// The topmost path whose value decides what is shown at the path that is read.
    let top: Key
    /// Whether the value of the path that is read gets a shape as a whole, and not only values below it.
    let shapesWhole: Bool

    /// What shapes the value of a path; nil if it is shown as it is stored.
    init?(of key: Key, in shape: Shape, _ catalog: SchemaCatalog) throws(StoreError) {
        let snapshot = catalog.snapshot
        let bindings = snapshot.index.bindings(of: key)
        var wanted: (path: Key, schema: ExpectedSchema)?
        if case .schema(let hash) = shape {
            guard let schema = snapshot.expected(hash) else { throw .unknownSchema(.hash(hash)) }
            wanted = (bindings.paths.last?.key ?? key, schema)
        } else if bindings.paths.isEmpty, bindings.below == nil {
            return nil
        }
        (self.catalog, self.snapshot, self.wanted) = (catalog, snapshot, wanted)
        top = bindings.paths.first?.key ?? key
        shapesWhole = wanted != nil || !bindings.paths.isEmpty
    }

    /// A node as its reader gets it.
    ///
    /// - Precondition: it is that of ``top``.
    func shown(_ node: Node) throws(StoreError) -> Node {
        guard node.exists else { return node }
        let position = snapshot.index.position(of: node.key)
        if wanted == nil, isShownAsStored(node, position) { return node }
        var hashes: [Key: String] = [:]
        for record in node.owningRecords + node.below {
            if let hash = record.attribution.schemaHash { hashes[record.key] = hash }
        }
        var leftOut = 0
        let text = try shaped(node.composed(), at: node.key, position, hashes, leftOut: &leftOut)
        guard let text else { return node }
        let expected = wanted?.path == node.key ? wanted?.schema : position.bound?.expected
        return node.showing(text, at: node.key, schemaHash: expected?.schema.hash, leftOut: leftOut)
    }

    /// A node as its reader gets it.
    ///
    /// - Parameter outer: that of ``top``, read later; nil if the node is that of ``top`` itself.
    func shown(_ node: Node, within outer: Node?) throws(StoreError) -> Node {
        guard let outer else { return try shown(node) }
        let shown = try shown(outer)
        guard shown.shown != nil else { return node }
        let path = node.key.segments(below: outer.key)
        let descent = Descent(shown.composed(), path)
        let rest = path.suffix(path.count - descent.count)
        let part = rest.isEmpty ? descent.text : descent.entered(by: rest)
        guard let part else {
            return Node(key: node.key, records: NodeRecords(revision: node.readRevision))
        }
        return (node.exists ? node : outer).showing(part, at: node.key, schemaHash: nil)
    }

    /// Whether a node below ``top`` is known to be shown as it is stored.
    func isShownAsStored(_ node: Node) -> Bool {
        guard wanted == nil, let record = node.soleRecord, record.key == top else { return false }
        let bindings = snapshot.index.bindings(of: node.key)
        return bindings.paths.count == 1 && bindings.below == nil
            && record.attribution.schemaHash == bindings.paths[0].bound.hash
    }
}

/// What is known without a look at the values.
extension ValueShaper {
    private func isShownAsStored(_ node: Node, _ position: BindingIndex.Position) -> Bool {
        switch node.owner {
        case .leaf(let leaf) where node.below.isEmpty: isShownAsStored(leaf, position)
        case .nobody: areShownAsStored(node.below[...], prefix: node.key.bytes.count, position)
        case .leaf, .document, .merged: position.bound == nil && !position.leadsOn
        }
    }

    /// Whether a leaf that is all of its path is shown as it is stored.
    func isShownAsStored(_ leaf: Record, _ position: BindingIndex.Position) -> Bool {
        if let bound = position.bound, leaf.attribution.schemaHash != bound.hash { return false }
        return !position.leadsOn || !leaf.value.kind.isContainer
    }

    /// Whether the leaves below a path are shown as they are stored, if there is no other leaf.
    private func areShownAsStored(
        _ leaves: ArraySlice<Record>, prefix: Int, _ position: BindingIndex.Position
    ) -> Bool {
        guard position.bound == nil else { return false }
        guard position.leadsOn else { return true }
        var rest = leaves
        while let group = rest.popGroup(prefix: prefix) {
            let inner = position.entering(group.name)
            guard !inner.isEmpty else { continue }
            if let leaf = group.own {
                guard group.below.isEmpty, isShownAsStored(leaf, inner) else { return false }
            } else if !areShownAsStored(group.below, prefix: group.end, inner) {
                return false
            }
        }
        return true
    }
}
