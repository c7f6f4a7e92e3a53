import MicroJSON
import NestKVStorage

extension Node {
    /// The edits of a `PUT`. Immediately after them, a read of the path returns exactly `value`.
    ///
    /// If the path is inside a document, the document is rewritten; otherwise the value becomes one leaf at the path.
    /// Leaves below the path are deleted.
    func edits(putting value: JSONText) -> [Edit] {
        if case .document(let record, _) = owner {
            let document = record.value(replacing: key, with: value)
            return [.set(record.key, document, replacing: record)] + records.below.map { .delete($0) }
        }
        let set = Edit.set(key, value, replacing: records.leaf)
        return records.below.isEmpty ? [set] : [set] + records.below.map { .delete($0) }
    }

    /// The edits of a `PUT` that replaces everything at and below the path by several leaves.
    ///
    /// - Precondition: no document answers for the path.
    func edits(putting leaves: [(key: Key, value: JSONText)]) -> [Edit] {
        var current: [Key: Record] = [:]
        if let leaf = records.leaf { current[key] = leaf }
        for record in records.below { current[record.key] = record }
        let sets = leaves.map { Edit.set($0.key, $0.value, replacing: current.removeValue(forKey: $0.key)) }
        return sets + current.values.sorted { $0.key < $1.key }.map { .delete($0) }
    }

    /// The edits of a `DELETE`. They remove everything at and below the path from all leaves, and from a document that
    /// contains the path.
    func editsDeleting() -> [Edit] {
        var edits: [Edit] = []
        if let leaf = records.leaf { edits.append(.delete(leaf)) }
        for ancestor in records.ancestors where ancestor.value.slice(at: key.segments(below: ancestor.key)) != nil {
            edits.append(.set(ancestor.key, ancestor.value(replacing: key, with: nil), replacing: ancestor))
        }
        return edits + records.below.map { .delete($0) }
    }

    /// This node after changes of leaves: the result of a read immediately after them. Unrelated changes are ignored.
    func after(_ changes: [Record], revision: Revision, part: FindPart? = nil) -> Node {
        var records = records
        records.apply(changes, at: key, isLeafOnly: isLeafOnly)
        records.revision = revision
        return Node(key: key, records: records, isLeafOnly: isLeafOnly, part: part)
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

extension Record {
    /// This leaf's value with the part at a key below it replaced. If `part` is nil, the part is removed, and an array
    /// closes the gap.
    ///
    /// - Precondition: the value contains that part.
    func value(replacing key: Key, with part: JSONText?) -> JSONText {
        let path = key.segments(below: self.key)
        // The node has found the part at this path, so neither is nil.
        return part.map { value.replacing(path, with: $0) ?? value } ?? value.removing(path) ?? value
    }
}
