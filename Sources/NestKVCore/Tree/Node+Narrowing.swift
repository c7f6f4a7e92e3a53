import MicroJSON
import NestKVStorage

extension Node {
    /// This node reduced to the leaves that a merge patch may change and one other leaf of each level.
    ///
    /// The patch has the same edits, and its cost depends only on its changes. Returns the whole node if a document
    /// takes part.
    func narrowed(to patch: JSONValue) -> Node {
        guard case .nobody = owner, records.below.count > 1, case .object(let changes) = patch else { return self }
        var narrowing = Narrowing(leaves: records.below)
        narrowing.take(changes, key, 0..<records.below.count)
        guard !narrowing.isImpossible, narrowing.taken.count < records.below.count else { return self }
        var records = records
        records.below = narrowing.taken.sorted { $0.key < $1.key }
        records.subtree = nil
        return Node(key: key, records: records, isLeafOnly: isLeafOnly)
    }
}

private struct Narrowing {
    let leaves: [Record]
    var taken: [Record] = []
    /// Whether a name can't be a single segment.
    var isImpossible = false

    /// Takes the leaves that changes of some members may affect, from a range of leaves below a key.
    mutating func take(_ changes: JSONObject, _ key: Key, _ range: Range<Int>) {
        var ranges: [Range<Int>] = []
        for change in changes {
            if change.name.contains(0) { isImpossible = true }
            let child = key.appending(change.name)
            let group = leaves.range(of: child, in: range)
            guard !group.isEmpty else { continue }
            ranges.append(group)
            if case .object(let inner) = change.value, leaves[group.lowerBound].key != child {
                take(inner, child, group)
            } else {
                taken += leaves[group]
            }
        }
        // One remaining leaf shows that the level is not empty afterwards.
        var next = range.lowerBound
        for group in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if next < group.lowerBound { break }
            next = max(next, group.upperBound)
        }
        if next < range.upperBound { taken.append(leaves[next]) }
    }
}

extension [Record] {
    /// The range of the leaves at and below a key, within a range of leaves in key order.
    fileprivate func range(of key: Key, in range: Range<Int>) -> Range<Int> {
        let start = Swift.max(place(of: key), range.lowerBound)
        // Names contain no control characters, so no key is between the key's subtree and this one.
        let end = Swift.min(place(of: Key(bytes: key.bytes.dropLast() + [1, 0])), range.upperBound)
        return start < end ? start..<end : start..<start
    }
}
