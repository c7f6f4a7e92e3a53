import MicroJSON
import NestKVStorage

/// The effects of the writes of one commit so far. A later write sees the effects of the earlier ones.
struct Staging {
    /// One planned write.
    struct Step {
        let node: Node
        let target: Key
        let isCreation: Bool
        let setCount: Int
        let deletedCount: Int
        let answer: JSONText?
    }

    /// A path after the writes so far.
    private struct Sight {
        var records: NodeRecords
        /// The number of changes that are applied to it.
        var changeCount: Int
    }

    /// A path and the view of it.
    struct Place: Hashable {
        let key: Key
        let isLeafOnly: Bool
    }

    /// The paths that were read, as they are in the store.
    private(set) var reads: [PathRead] = []
    /// Whether data that this process wrote last may be used, though it may be outdated.
    let mayBeOutdated: Bool
    /// Whether it may compute for long.
    let isPatient: Bool
    /// Whether the attempt was ended because it would have computed for long.
    private(set) var isTooDear = false
    /// Whether data that was read may be outdated, and the commit, which would detect this, has not started.
    var isOutdated = false
    /// The smallest revision at which data was read.
    private(set) var readAt = Revision.max
    /// The bytes of the values that the writes return.
    private(set) var answerBytes = 0
    private(set) var steps: [Step] = []
    /// How many rules of schemas values break after a write, by the number of the write.
    var brokenRules: [Int: Int] = [:]
    var pending: [StagedLeaf] = []
    /// The positions of the leaves' changes in ``pending``; made for the second write.
    var places: Places?
    /// The positions of the changed leaves, in the order of the changes; a leaf may occur several times.
    private var changes: [Int] = []
    private var sights: [Place: Sight] = [:]
    /// The leaves that the writes found in another shape, as they are stored.
    private var stored: [Key: Record] = [:]
    /// The time of all changes.
    var time = Timestamp.now
    let metadata: any MetadataService
    /// Whether there is more than one write or condition.
    let isOneOfSeveral: Bool

    /// An empty staging.
    ///
    /// - Parameters:
    ///   - mayBeOutdated: whether data that this process wrote last may be used, though it may be outdated.
    ///   - isPatient: whether it may compute for long.
    ///   - isSeveral: whether there is more than one write or condition.
    init(mayBeOutdated: Bool, isPatient: Bool, isSeveral: Bool, metadata: any MetadataService) {
        self.mayBeOutdated = mayBeOutdated
        self.isPatient = isPatient
        isOneOfSeveral = isSeveral
        self.metadata = metadata
    }

    /// Ends the attempt, which must be repeated in the compute pool. The error is never shown to a client.
    mutating func refuseAsTooDear() -> StoreError {
        isTooDear = true
        return StoreError(.busy, "The write computes for a long time.")
    }

    /// The records of a path that was already read.
    func known(_ key: Key, isLeafOnly: Bool) -> NodeRecords? {
        isOneOfSeveral ? sights[Place(key: key, isLeafOnly: isLeafOnly)]?.records : nil
    }

    /// A path after the writes so far. The commit will expect the state that was read.
    ///
    /// - Parameter records: the path's records; ignored if they are already ``known(_:isLeafOnly:)``.
    mutating func node(_ key: Key, _ records: NodeRecords, isLeafOnly: Bool) -> Node {
        guard isOneOfSeveral else {
            expect(PathRead(key, records, isLeafOnly: isLeafOnly))
            return Node(key: key, records: records, isLeafOnly: isLeafOnly)
        }
        let place = Place(key: key, isLeafOnly: isLeafOnly)
        var sight = sight(place, records)
        // The cost of several writes to one path depends on their changes, not on the size of the path.
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

    /// Removes and returns a path's sight, so that it can be changed in place.
    private mutating func sight(_ place: Place, _ records: NodeRecords) -> Sight {
        if let sight = sights.removeValue(forKey: place) { return sight }
        expect(PathRead(place.key, records, isLeafOnly: place.isLeafOnly))
        return Sight(records: records, changeCount: 0)
    }

    /// Notes a path that was read.
    private mutating func expect(_ read: PathRead) {
        reads.append(read)
        if read.records.mayBeOutdated { isOutdated = true }
        readAt = min(readAt, read.records.revision)
    }

    /// Notes the records of a path whose node is not needed.
    mutating func expect(_ key: Key, _ records: NodeRecords, isLeafOnly: Bool) {
        let place = Place(key: key, isLeafOnly: isLeafOnly)
        guard sights[place] == nil else { return }
        sights[place] = sight(place, records)
    }

    mutating func record(at place: Int) -> Record { pending[place].record(metadata, time) }

    /// Adds the edits of a planned write.
    mutating func add(_ write: PlannedWrite) {
        let edits = write.plan.edits
        if !pending.isEmpty { _ = madePlaces() }
        pending.reserveCapacity(pending.count + edits.count)
        for edit in edits {
            let replaced = edit.value == nil ? nil : edit.replacing.map(LeafMetadata.init)
            let metadata = metadata.metadata(
                write.request, edit.key, replacing: replaced, write.settings, time: time)
            if let place = places?[edit.key] {
                // A leaf gets one version for each commit, however often the commit writes it.
                pending[place].set(edit.value, metadata)
                changes.append(place)
            } else {
                places?.add(edit.key, pending.count)
                if isOneOfSeveral { changes.append(pending.count) }
                let previous = edit.replacing ?? (edit.key == write.node.key ? write.node.records.latest : nil)
                pending.append(StagedLeaf(edit, metadata, previous: previous, revision: write.node.readRevision + 1))
            }
        }
        let deleted = edits.count { $0.value == nil }
        let child = write.work.child
        addStep(
            Step(
                node: write.node, target: child ?? write.work.key, isCreation: child != nil || !write.node.exists,
                setCount: edits.count - deleted, deletedCount: deleted, answer: write.plan.answer))
    }

    /// The error of the last write, without the state that it found if that state is not in the store.
    func told(_ error: StoreError) -> StoreError {
        guard let seen = error.current,
            let read = reads.last(where: { $0.key == seen.key && $0.isLeafOnly == seen.isLeafOnly })
        else { return error }
        let stored = Node(key: read.key, records: read.records, isLeafOnly: read.isLeafOnly)
        guard seen.exists != stored.exists || seen.etag != stored.etag else { return error }
        return error.about { $0.current = nil }
    }

    /// Adds a write that changed one document in place.
    mutating func addChange(at place: Int, _ write: PlannedWrite) {
        changes.append(place)
        addStep(
            Step(
                node: write.node, target: write.request.key, isCreation: false, setCount: 1, deletedCount: 0,
                answer: write.plan.answer))
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

    /// Notes a leaf as it is stored. The writes find it in another shape.
    mutating func noteStored(_ leaf: Record) { stored[leaf.key] = leaf }

    /// The commit, with what was read.
    mutating func transaction() -> Transaction {
        Transaction(reads: reads, changes: mutations(), readAt: readAt)
    }

    /// The changes to commit. A leaf that was created and deleted again is omitted.
    private mutating func mutations() -> [Mutation] {
        var mutations: [Mutation] = []
        mutations.reserveCapacity(pending.count)
        for place in pending.indices {
            var replacing = pending[place].replacing
            if !stored.isEmpty, let leaf = replacing { replacing = stored[leaf.key] ?? leaf }
            if pending[place].isSet {
                mutations.append(.set(pending[place].draft(metadata, time), replacing: replacing))
            } else if let replacing {
                mutations.append(.delete(pending[place].draft(metadata, time), replacing: replacing))
            }
        }
        return mutations
    }
}
