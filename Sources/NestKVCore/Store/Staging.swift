import MicroJSON

/// What the writes of one commit have come to so far. A later write sees what an earlier one has left.
struct Staging {
    /// One write, planned.
    struct Step {
        let node: Node
        let target: Key
        let isCreation: Bool
        let setCount: Int
        let deletedCount: Int
        let answer: JSONText?
    }

    /// A leaf's change on its way: what stands in the store, and what will.
    private struct Pending {
        let replacing: Record?
        var draft: Draft
        /// The draft as a record, for those who come later.
        var record: Record
    }

    private(set) var expectations: [Expectation] = []
    private(set) var steps: [Step] = []
    /// The smallest revision that anything was read at.
    private(set) var readAt = Revision.max
    private var pending: [Pending] = []
    /// Where a key's change stands; made when a second write comes.
    private var places: [Key: Int]?

    /// What a path looks like after the writes so far, as the expectations of the commit say it looks now.
    mutating func node(_ key: Key, _ records: NodeRecords, isLeafOnly: Bool) -> Node {
        let node = Node(key: key, records: records, isLeafOnly: isLeafOnly)
        expectations += node.expectations
        readAt = min(readAt, records.revision)
        guard !pending.isEmpty else { return node }
        let changes = pending.map(\.record).filter { isLeafOnly ? $0.key == key : $0.key.isRelated(to: key) }
        return changes.isEmpty ? node : node.after(changes, revision: records.revision)
    }

    /// Adds what a write comes to.
    ///
    /// - Parameter drafts: the drafts of its edits, in their order.
    mutating func add(
        _ drafts: [Draft], _ edits: [Edit], _ node: Node, target: Key, isCreation: Bool, answer: JSONText?
    ) {
        if !steps.isEmpty, places == nil {
            places = Dictionary(uniqueKeysWithValues: pending.indices.map { (pending[$0].draft.key, $0) })
        }
        for (draft, edit) in zip(drafts, edits) {
            if let place = places?[draft.key] {
                let record = draft.stamped(after: pending[place].record, revision: pending[place].record.revision)
                pending[place].draft = draft
                pending[place].record = record
            } else {
                places?[draft.key] = pending.count
                let record = draft.stamped(after: edit.replacing, revision: node.readRevision)
                pending.append(Pending(replacing: edit.replacing, draft: draft, record: record))
            }
        }
        let deleted = drafts.count { $0.value == nil }
        steps.append(
            Step(
                node: node, target: target, isCreation: isCreation, setCount: drafts.count - deleted,
                deletedCount: deleted, answer: answer))
    }

    /// The changes to commit. A leaf that came and went again in between is none.
    var mutations: [Mutation] {
        pending.compactMap { change in
            if change.draft.value != nil { return .set(change.draft, replacing: change.replacing) }
            return change.replacing.map { .delete(change.draft, replacing: $0) }
        }
    }

    /// What each write did, once it is done.
    func results(_ receipt: Receipt) -> [WriteResult] {
        // What came and went again is in nodes that later writes saw.
        let gone = pending.filter { $0.draft.value == nil && $0.replacing == nil }.map(\.record)
        let records = receipt.records + gone
        return steps.map { step in
            let node =
                step.target == step.node.key
                ? step.node : Node(key: step.target, records: .nothing(at: receipt.revision))
            return WriteResult(
                key: step.target, isCreation: step.isCreation, node: node.after(records, revision: receipt.revision),
                setCount: step.setCount, deletedCount: step.deletedCount, revision: receipt.revision,
                durability: receipt.durability, answer: step.answer)
        }
    }
}

extension NodeRecords {
    /// Nothing stands here.
    fileprivate static func nothing(at revision: Revision) -> NodeRecords {
        NodeRecords(latest: nil, ancestors: [], below: [], isTruncated: false, revision: revision)
    }
}

extension Key {
    /// Whether one of the two stands at or above the other.
    func isRelated(to other: Key) -> Bool {
        contains(other) || other.contains(self)
    }
}
