import MicroJSON
import NestKVStorage

/// What is known of single leaves. One that is only a part of a bound value is shown as it is stored.
extension ValueShaper {
    /// A changed leaf as its followers get it.
    ///
    /// - Precondition: ``top`` is the leaf's path.
    func shown(_ leaf: Record) -> ShownLeaf {
        let position = snapshot.index.position(of: leaf.key)
        var leftOut = 0
        do throws(StoreError) {
            guard let text = try shaped(leaf, position, leftOut: &leftOut) else {
                return ShownLeaf(value: leaf.value, shownAs: nil)
            }
            return ShownLeaf(value: text, shownAs: position.bound?.hash)
        } catch {
            return ShownLeaf(value: nil, shownAs: nil)
        }
    }

    /// A node of selected leaves with each of them shaped by itself.
    ///
    /// - Precondition: it is that of ``top``, which isn't bound.
    func shownLeaves(of node: Node) -> Node {
        var records = node.records
        var below: [Record] = []
        var leftOut = 0
        var isChanged = false
        for (index, leaf) in records.below.enumerated() {
            let position = snapshot.index.position(of: leaf.key)
            let next = index + 1 < records.below.count ? records.below[index + 1] : nil
            if position.isEmpty || next.map({ leaf.key.isAncestor(of: $0.key) }) ?? false {
                below.append(leaf)
                continue
            }
            do throws(StoreError) {
                let text = try shaped(leaf, position, leftOut: &leftOut)
                if text != nil { isChanged = true }
                below.append(text.map { leaf.showing($0, schemaHash: nil) } ?? leaf)
            } catch {
                isChanged = true
                leftOut += 1
            }
        }
        guard isChanged else { return node }
        (records.below, records.subtree) = (below, nil)
        let changed = Node(key: node.key, records: records)
        return node.showing(
            changed.exists ? changed.composed() : .emptyObject, at: node.key, schemaHash: nil, leftOut: leftOut)
    }

    private func shaped(
        _ leaf: Record, _ position: BindingIndex.Position, leftOut: inout Int
    ) throws(StoreError) -> JSONText? {
        if isShownAsStored(leaf, position), wanted == nil { return nil }
        let hashes = leaf.attribution.schemaHash.map { [leaf.key: $0] } ?? [:]
        return try shaped(leaf.value, at: leaf.key, position, hashes, leftOut: &leftOut)
    }
}
