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

    /// A path as the writes so far have left it.
    private struct Sight {
        var records: NodeRecords
        /// How many of the changes it shows.
        var changeCount: Int
    }

    /// A path and how it is looked at.
    struct Place: Hashable {
        let key: Key
        let isLeafOnly: Bool
    }

    /// What was read: the nodes as they stand in the store.
    private(set) var reads: [Node] = []
    /// Whether it may begin with what this process wrote last.
    let mayBeOutdated: Bool
    /// Whether it may compute for long.
    let isPatient: Bool
    /// Whether it would have computed for long, and may not.
    private(set) var isTooDear = false
    /// Whether something that was read may be outdated, and the commit, which finds out, has not begun.
    var isOutdated = false
    /// The smallest revision that anything was read at.
    private(set) var readAt = Revision.max
    /// The bytes of what the writes give back.
    private(set) var answerBytes = 0
    private(set) var steps: [Step] = []
    var pending: [StagedLeaf] = []
    /// Where the changes of leaves stand; made when a second write comes.
    var places: Places?
    /// The places of the leaves that were changed, in order and each as often as it was.
    private var changes: [Int] = []
    private var sights: [Place: Sight] = [:]
    /// When all changes are made: behind the locks, so that times rise with revisions.
    var time = Timestamp.now
    private let metadata: any MetadataService
    /// Whether more than one write or condition may come.
    private let isOneOfSeveral: Bool

    /// Nothing yet.
    ///
    /// - Parameters:
    ///   - mayBeOutdated: whether it may begin with what this process wrote last.
    ///   - isPatient: whether it may compute for long.
    ///   - isSeveral: whether more than one write or condition will come.
    init(mayBeOutdated: Bool, isPatient: Bool, isSeveral: Bool, metadata: any MetadataService) {
        self.mayBeOutdated = mayBeOutdated
        self.isPatient = isPatient
        isOneOfSeveral = isSeveral
        self.metadata = metadata
    }

    /// Ends the attempt: it has to be made where it may compute for long. The error is shown to nobody.
    mutating func refuseAsTooDear() -> StoreError {
        isTooDear = true
        return StoreError(.busy, "The write computes for long.")
    }

    /// What was read of a path already, which is expected to be there still.
    func known(_ key: Key, isLeafOnly: Bool) -> NodeRecords? {
        isOneOfSeveral ? sights[Place(key: key, isLeafOnly: isLeafOnly)]?.records : nil
    }

    /// What a path looks like after the writes so far, as the expectations of the commit say it looks now.
    ///
    /// - Parameter records: what was read of it; left out of account when it is ``known(_:isLeafOnly:)``.
    mutating func node(_ key: Key, _ records: NodeRecords, isLeafOnly: Bool) -> Node {
        guard isOneOfSeveral else {
            let node = Node(key: key, records: records, isLeafOnly: isLeafOnly)
            expect(node)
            return node
        }
        let place = Place(key: key, isLeafOnly: isLeafOnly)
        var sight = sight(place, records)
        // Several writes to one path cost by what each changed, not by what stands there.
        if sight.changeCount < changes.count {
            let related =
                sight.changeCount == 0
                ? madePlaces().related(to: key)
                : changes[sight.changeCount...].filter { pending[$0].key.isRelated(to: key) }
            sight.records.apply(related.map { record(at: $0) }, at: key, isLeafOnly: isLeafOnly)
            sight.changeCount = changes.count
        }
        sights[place] = sight
        return Node(key: key, records: sight.records, isLeafOnly: isLeafOnly)
    }

    /// Takes a path's sight out, so that it is changed in place.
    private mutating func sight(_ place: Place, _ records: NodeRecords) -> Sight {
        if let sight = sights.removeValue(forKey: place) { return sight }
        expect(Node(unresolved: place.key, records: records, isLeafOnly: place.isLeafOnly))
        return Sight(records: records, changeCount: 0)
    }

    /// Notes what was read.
    private mutating func expect(_ node: Node) {
        reads.append(node)
        if node.records.mayBeOutdated { isOutdated = true }
        readAt = min(readAt, node.records.revision)
    }

    /// Notes what was read of a path whose node nobody needs.
    mutating func expect(_ key: Key, _ records: NodeRecords, isLeafOnly: Bool) {
        let place = Place(key: key, isLeafOnly: isLeafOnly)
        guard sights[place] == nil else { return }
        sights[place] = sight(place, records)
    }

    mutating func record(at place: Int) -> Record { pending[place].record(metadata, time) }

    /// Adds what a write comes to.
    ///
    /// - Parameter label: what is known about the change of an edit besides the value.
    mutating func add(
        _ edits: [Edit], _ node: Node, target: Key, isCreation: Bool, answer: JSONText?,
        label: (Edit) -> StagedLeaf.Label
    ) {
        if !pending.isEmpty { _ = madePlaces() }
        pending.reserveCapacity(pending.count + edits.count)
        for edit in edits {
            if let place = places?[edit.key] {
                // However often one commit writes a leaf, it gets one version.
                pending[place].set(edit.value, label(edit))
                changes.append(place)
            } else {
                places?.add(edit.key, pending.count)
                if isOneOfSeveral { changes.append(pending.count) }
                let previous = edit.replacing ?? (edit.key == node.key ? node.records.latest : nil)
                pending.append(StagedLeaf(edit, label(edit), previous: previous, revision: node.readRevision + 1))
            }
        }
        let deleted = edits.count { $0.value == nil }
        addStep(
            Step(
                node: node, target: target, isCreation: isCreation, setCount: edits.count - deleted,
                deletedCount: deleted, answer: answer))
    }

    /// An error of the write that was begun last. What it saw is told only as far as it stands in the store.
    func told(_ error: StoreError) -> StoreError {
        guard let seen = error.current,
            let read = reads.last(where: { $0.key == seen.key && $0.isLeafOnly == seen.isLeafOnly })
        else { return error }
        let stored = Node(key: read.key, records: read.records, isLeafOnly: read.isLeafOnly)
        guard seen.exists != stored.exists || seen.etag != stored.etag else { return error }
        return error.about { $0.current = nil }
    }

    /// Adds a write that has changed one document in place.
    mutating func addChange(
        at place: Int, of key: Key, _ records: NodeRecords, isLeafOnly: Bool, answer: JSONText?
    ) {
        changes.append(place)
        addStep(
            Step(
                node: Node(unresolved: key, records: records, isLeafOnly: isLeafOnly), target: key, isCreation: false,
                setCount: 1, deletedCount: 0, answer: answer))
    }

    private mutating func addStep(_ step: Step) {
        steps.append(step)
        answerBytes += step.answer?.utf8.count ?? 0
    }

    private mutating func madePlaces() -> Places {
        if let places { return places }
        let made = Places(pending.map(\.key))
        places = made
        return made
    }

    /// The changes to commit. A leaf that came and went again in between is none.
    mutating func mutations() -> [Mutation] {
        var mutations: [Mutation] = []
        mutations.reserveCapacity(pending.count)
        for place in pending.indices {
            let replacing = pending[place].replacing
            if pending[place].isSet {
                mutations.append(.set(pending[place].draft(metadata, time), replacing: replacing))
            } else if let replacing {
                mutations.append(.delete(pending[place].draft(metadata, time), replacing: replacing))
            }
        }
        return mutations
    }
}
