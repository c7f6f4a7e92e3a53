import MicroJSON

/// What the writes of one commit have come to so far. A later write sees what an earlier one has left.
struct Staging {
    /// One write, planned.
    fileprivate struct Step {
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
        /// The leaf's latest record in the store, its tombstone included, as far as it is known.
        let previous: Record?
        /// The next revision at the soonest, so that no one takes it for what stands in the store.
        let revision: Revision
        var draft: Draft

        /// The draft as a record, for those who come later.
        var record: Record { draft.stamped(after: previous, revision: revision) }
    }

    /// What was read: the nodes as they stand in the store.
    private(set) var reads: [Node] = []
    /// Whether it may begin with what this process wrote last.
    let mayBeOutdated: Bool
    /// Whether something that was read may be outdated, and the commit, which finds out, has not begun.
    var isOutdated = false
    /// The smallest revision that anything was read at.
    private(set) var readAt = Revision.max
    private var steps: [Step] = []
    private var pending: [Pending] = []
    /// Where the changes of leaves stand; made when a second write comes.
    private var places: Places?

    /// Nothing yet.
    init(mayBeOutdated: Bool) {
        self.mayBeOutdated = mayBeOutdated
    }

    /// What a path looks like after the writes so far, as the expectations of the commit say it looks now.
    mutating func node(_ key: Key, _ records: NodeRecords, isLeafOnly: Bool) -> Node {
        let node = Node(key: key, records: records, isLeafOnly: isLeafOnly)
        reads.append(node)
        if records.mayBeOutdated { isOutdated = true }
        readAt = min(readAt, records.revision)
        guard !pending.isEmpty else { return node }
        let places = madePlaces()
        return node.after(places.related(to: key).map { pending[$0].record }, revision: records.revision)
    }

    /// Adds what a write comes to.
    ///
    /// - Parameter draft: makes the draft of an edit.
    mutating func add(
        _ edits: [Edit], _ node: Node, target: Key, isCreation: Bool, answer: JSONText?, draft: (Edit) -> Draft
    ) {
        if !pending.isEmpty { _ = madePlaces() }
        pending.reserveCapacity(pending.count + edits.count)
        for edit in edits {
            if let place = places?[edit.key] {
                // However often one commit writes a leaf, it gets one version.
                pending[place].draft = draft(edit)
            } else {
                places?.add(edit.key, pending.count)
                let previous = edit.replacing ?? (edit.key == node.key ? node.records.latest : nil)
                pending.append(
                    Pending(
                        replacing: edit.replacing, previous: previous, revision: node.readRevision + 1,
                        draft: draft(edit)))
            }
        }
        let deleted = edits.count { $0.value == nil }
        steps.append(
            Step(
                node: node, target: target, isCreation: isCreation, setCount: edits.count - deleted,
                deletedCount: deleted, answer: answer))
    }

    /// An error of the write that was begun last. What it saw is told only as far as it stands in the store.
    func told(_ error: StoreError) -> StoreError {
        guard let seen = error.current, let stored = reads.last else { return error }
        guard seen.exists != stored.exists || seen.etag != stored.etag else { return error }
        return error.about { $0.current = nil }
    }

    private mutating func madePlaces() -> Places {
        if let places { return places }
        let made = Places(pending.map(\.draft.key))
        places = made
        return made
    }

    /// The changes to commit. A leaf that came and went again in between is none.
    var mutations: [Mutation] {
        pending.compactMap { change in
            if change.draft.value != nil { return .set(change.draft, replacing: change.replacing) }
            return change.replacing.map { .delete(change.draft, replacing: $0) }
        }
    }

    /// What each write did, once all are done: what stands at its path after the last one.
    func results(_ receipt: Receipt) -> [WriteResult] {
        // What isn't changed is told of as a read tells of it.
        if pending.isEmpty { return steps.map { $0.result($0.node, receipt, revision: $0.node.revision) } }
        guard steps.count > 1 else {
            return steps.map { step in
                step.result(step.nodeBefore(receipt).after(receipt.records, revision: receipt.revision), receipt)
            }
        }
        // What came and went again is in nodes that later writes saw.
        let gone = pending.filter { $0.draft.value == nil && $0.replacing == nil }.map(\.record)
        let records = receipt.records + gone
        let places = Places(records.map(\.key))
        return steps.map { step in
            let related = places.related(to: step.target).map { records[$0] }
            return step.result(step.nodeBefore(receipt).after(related, revision: receipt.revision), receipt)
        }
    }
}

extension Staging.Step {
    /// What the target looked like to the write.
    fileprivate func nodeBefore(_ receipt: Receipt) -> Node {
        guard target != node.key else { return node }
        let nothing = NodeRecords(latest: nil, ancestors: [], below: [], isTruncated: false, revision: receipt.revision)
        return Node(key: target, records: nothing)
    }

    fileprivate func result(_ node: Node, _ receipt: Receipt, revision: Revision? = nil) -> WriteResult {
        WriteResult(
            key: target, isCreation: isCreation, node: node, setCount: setCount, deletedCount: deletedCount,
            revision: revision ?? receipt.revision, durability: receipt.durability, answer: answer)
    }
}

/// Where some keys stand in a list, by themselves and by what is above them.
private struct Places {
    private var exact: [Key: Int] = [:]
    private var below: [Key: [Int]] = [:]

    init(_ keys: [Key]) {
        for (place, key) in keys.enumerated() { add(key, place) }
    }

    subscript(_ key: Key) -> Int? { exact[key] }

    mutating func add(_ key: Key, _ place: Int) {
        exact[key] = place
        for ancestor in key.ancestors { below[ancestor, default: []].append(place) }
    }

    /// The places of the keys at, above and below a key.
    func related(to key: Key) -> [Int] {
        ([key] + key.ancestors).compactMap { exact[$0] } + (below[key] ?? [])
    }
}

extension Key {
    /// Whether one of the two stands at or above the other.
    func isRelated(to other: Key) -> Bool {
        contains(other) || other.contains(self)
    }
}
