import MicroJSON
import NestKVStorage

extension Node {
    /// The edits of a `PUT`. Immediately after them, a read of the path returns exactly `value`.
    ///
    /// If the path is inside documents, the deepest of them is rewritten; otherwise the value becomes one leaf at the
    /// path. Documents whose parts would be merged with the value lose these parts. Leaves below the path are deleted.
    func edits(putting value: JSONText) -> [Edit] {
        let set = edit(putting: value)
        if records.ancestors.isEmpty, records.below.isEmpty { return [set] }
        return [set] + editsUncovering(value, in: set.key) + records.below.map { .delete($0) }
    }

    private func edit(putting value: JSONText) -> Edit {
        if let document = owningDocument, let text = document.value(replacing: key, with: value) {
            return .set(document.key, text, replacing: document)
        }
        return .set(key, value, replacing: records.leaf)
    }

    /// The edits that remove the parts of documents that would be merged with a value stored in a leaf below them.
    func editsUncovering(_ value: JSONText, in leaf: Key) -> [Edit] {
        guard value.kind == .object else { return [] }
        let above = records.ancestors.drop { $0.key >= leaf }
        return records.objects(at: key, in: above).compactMap { $0.record.removal(of: key)?.edit }
    }

    /// The edits that remove the path from all documents above that contain it as a member of objects.
    func editsRemovingMembers() -> [Edit] {
        records.ancestors.compactMap { document in
            let path = key.segments(below: document.key)
            return document.value.descent(along: path).count == path.count ? document.removal(of: key)?.edit : nil
        }
    }

    /// The edits of a `PUT` that replaces everything at and below the path by several leaves.
    ///
    /// - Precondition: the path is not inside documents only.
    func edits(putting leaves: [(key: Key, value: JSONText)]) -> [Edit] {
        if leaves.count == 1, leaves[0].key == key { return edits(putting: leaves[0].value) }
        var current: [Key: Record] = [:]
        if let leaf = records.leaf { current[key] = leaf }
        for record in records.below { current[record.key] = record }
        let sets = leaves.map { Edit.set($0.key, $0.value, replacing: current.removeValue(forKey: $0.key)) }
        let deletions = current.values.sorted { $0.key < $1.key }.map { Edit.delete($0) }
        return sets + editsRemovingMembers() + deletions
    }

    /// The edits of a `DELETE`. They remove everything at and below the path from all leaves, and from all documents
    /// that contain the path.
    func editsDeleting() -> [Edit] {
        var edits = records.leaf.map { [Edit.delete($0)] } ?? []
        var key = key
        for document in records.ancestors {
            guard let (edit, place) = document.removal(of: key) else { continue }
            edits.append(edit)
            // Without a scalar or an array, the parts of documents above it would show at its place.
            key = place
        }
        return edits + records.below.map { .delete($0) }
    }

    /// This node after changes of leaves: the result of a read immediately after them. Unrelated changes are ignored.
    func after(_ changes: [Record], revision: Revision, descend: Descend? = nil) -> Node {
        var records = records
        records.apply(changes, at: key, isLeafOnly: isLeafOnly)
        records.revision = revision
        return Node(key: key, records: records, isLeafOnly: isLeafOnly, descend: descend)
    }
}

extension NodeRecords {
    /// Applies changes of leaves, so that the records equal those of a read immediately after them. Unrelated changes
    /// are ignored.
    mutating func apply(_ changes: [Record], at key: Key, isLeafOnly: Bool) {
        subtree = nil
        isTruncated = false
        var changesBelow: [Record] = []
        for record in changes {
            if record.key == key {
                latest = record
            } else if isLeafOnly {
                continue
            } else if key.isAncestor(of: record.key) {
                changesBelow.append(record)
            } else if record.key.isAncestor(of: key) {
                ancestors.removeAll { $0.key == record.key }
                if !record.isDeleted { ancestors.append(record) }
            }
        }
        if ancestors.count > 1 { ancestors.sort { $0.key > $1.key } }
        // A few changes are inserted one by one, which moves the leaves after them.
        if changesBelow.count <= 4 {
            for record in changesBelow { below.put(record) }
            return
        }
        var all: [Key: Record] = [:]
        for record in below { all[record.key] = record }
        for record in changesBelow { all[record.key] = record.isDeleted ? nil : record }
        below = all.values.sorted { $0.key < $1.key }
    }
}

extension [Record] {
    /// The index of the first record whose key is not before another key. The records are in key order.
    func place(of key: Key) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Inserts, replaces or removes a leaf.
    fileprivate mutating func put(_ record: Record) {
        let place = place(of: record.key)
        let isThere = place < count && self[place].key == record.key
        switch (isThere, record.isDeleted) {
        case (true, true): remove(at: place)
        case (true, false): self[place] = record
        case (false, false): insert(record, at: place)
        case (false, true): break
        }
    }
}
