import MicroJSON
import NestKVStorage

extension Staging {
    /// Whether a changed leaf has a schema.
    var keepsSchema: Bool { pending.contains { $0.metadata.attribution.schemaHash != nil } }

    /// The position of a leaf's change.
    func place(of key: Key) -> Int? {
        if let places { return places[key] }
        return pending.firstIndex { $0.key == key }
    }

    /// The path whose value a write changes. An element that is taken out of an array moves those after it.
    func changedPath(_ work: PreparedWrite) -> Key {
        let target = work.target
        guard work.traits.contains(.removesValue), let first = target.name.first, first >= 0x30, first <= 0x39,
            let parent = target.parent, target.ancestors.contains(where: { place(of: $0) != nil })
        else { return target }
        return parent
    }

    /// Whether it is known that the commit's only changed leaf is all of a path.
    func isSole(_ key: Key) -> Bool {
        !isOneOfSeveral && pending.count == 1 && pending[0].key == key && pending[0].isSet && reads.count == 1
            && reads[0].key == key && !reads[0].isLeafOnly && reads[0].records.ancestors.isEmpty
            && reads[0].records.below.isEmpty
    }

    /// The value of a path that the commit's only changed leaf is all of.
    mutating func soleText(at key: Key) -> JSONText? { isSole(key) ? pending[0].text() : nil }

    /// The records of a whole path that was already read.
    func knownTree(_ key: Key) -> NodeRecords? {
        guard !isOneOfSeveral else { return known(key, isLeafOnly: false) }
        return reads.first { $0.key == key && !$0.isLeafOnly }?.records
    }

    /// A path after all writes.
    ///
    /// - Precondition: the whole path was read.
    mutating func finalNode(_ key: Key) -> Node {
        guard var records = knownTree(key) else { preconditionFailure("\(key) was not read before its check") }
        guard !isOneOfSeveral else { return node(key, records, isLeafOnly: false) }
        let related = pending.indices.filter { pending[$0].key.isRelated(to: key) }
        records.apply(related.map { record(at: $0) }, at: key, isLeafOnly: false)
        return Node(key: key, records: records, isLeafOnly: false)
    }
}

extension StagedLeaf {
    /// Sets the schema that the leaf's value was checked against.
    mutating func markSchema(_ hash: String?) {
        guard metadata.attribution.schemaHash != hash else { return }
        var metadata = metadata
        metadata.attribution.schemaHash = hash
        mark(metadata)
    }
}
