import MicroJSON

extension Node {
    /// The edits of a `PUT`: right after them a read of the path gives exactly `value`.
    ///
    /// A path inside a document rewrites that document; otherwise one leaf stands at the path. Leaves below go.
    func edits(putting value: JSONText) -> [Edit] {
        if case .document(let record, _) = owner {
            let document = record.value(replacing: key, with: JSONValue(value))
            return [.set(record.key, document, replacing: record)] + records.below.map { .delete($0) }
        }
        let set = Edit.set(key, value, replacing: records.leaf)
        return records.below.isEmpty ? [set] : [set] + records.below.map { .delete($0) }
    }

    /// The edits of a `PUT` of several leaves at and below the path, in place of all that is there.
    ///
    /// - Precondition: no document owns the path.
    func edits(putting leaves: [(key: Key, value: JSONText)]) -> [Edit] {
        var standing: [Key: Record] = [:]
        if let leaf = records.leaf { standing[key] = leaf }
        for record in records.below { standing[record.key] = record }
        let sets = leaves.map { Edit.set($0.key, $0.value, replacing: standing.removeValue(forKey: $0.key)) }
        return sets + standing.values.sorted { $0.key < $1.key }.map { .delete($0) }
    }

    /// The edits of a `DELETE`: nothing of the path is left after them, in whatever leaf it stood.
    func editsDeleting() -> [Edit] {
        var edits: [Edit] = []
        if let leaf = records.leaf { edits.append(.delete(leaf)) }
        for ancestor in records.ancestors where ancestor.value.slice(at: key.segments(below: ancestor.key)) != nil {
            edits.append(.set(ancestor.key, ancestor.value(replacing: key, with: nil), replacing: ancestor))
        }
        return edits + records.below.map { .delete($0) }
    }

    /// This node after changes of leaves, whichever: what a read right after them would find.
    func after(_ changes: [Record], revision: Revision) -> Node {
        var latest = records.latest
        var ancestors = records.ancestors
        var below: [Key: Record] = [:]
        for record in records.below { below[record.key] = record }
        for record in changes {
            if record.key == key {
                latest = record
            } else if isLeafOnly {
                continue
            } else if key.isAncestor(of: record.key) {
                below[record.key] = record.isDeleted ? nil : record
            } else if record.key.isAncestor(of: key) {
                ancestors.removeAll { $0.key == record.key }
                if !record.isDeleted { ancestors.append(record) }
            }
        }
        if ancestors.count > 1 { ancestors.sort { $0.key > $1.key } }
        let sorted = below.isEmpty ? [] : below.values.sorted { $0.key < $1.key }
        return Node(
            key: key,
            records: NodeRecords(
                latest: latest, ancestors: ancestors, below: sorted, isTruncated: false, revision: revision),
            isLeafOnly: isLeafOnly)
    }
}

extension Record {
    /// This leaf's value with the part at a key below it replaced, or taken out (an array closes the gap) when `part`
    /// is nil.
    ///
    /// - Precondition: the value contains that part.
    func value(replacing key: Key, with part: JSONValue?) -> JSONText {
        let path = key.segments(below: self.key).map(Array.init)
        var document = JSONValue(value)
        // The node has found the part at this path, so neither can fail.
        if let part {
            try? document.set(part, at: path)
        } else {
            _ = try? document.remove(at: path)
        }
        return document.text
    }
}
