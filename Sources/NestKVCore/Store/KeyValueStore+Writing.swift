import MicroJSON

extension KeyValueStore {
    public func write(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) async throws(StoreError) -> [WriteResult] {
        var works: [Work] = []
        for request in requests { works.append(try Work(request, keys)) }
        if let results = try await write(works, conditions, isPatient: ComputePool.isHere) { return results }
        let results = try await compute.run { [works] () async throws(StoreError) in
            try await write(works, conditions, isPatient: true)
        }
        return results ?? []
    }

    /// - Parameter isPatient: whether it may compute for long.
    /// - Returns: nil when it would compute for long and may not: nothing was written.
    private func write(
        _ works: [Work], _ conditions: [Condition], isPatient: Bool
    ) async throws(StoreError) -> [WriteResult]? {
        var lockKeys = Key.locks(works.map(\.key))
        for attempt in 1... {
            var staging = Staging(
                mayBeOutdated: attempt == 1, isPatient: isPatient, isSeveral: works.count + conditions.count > 1,
                metadata: metadata)
            do {
                return try await attemptWrite(works, conditions, lockKeys, &staging)
            } catch {
                if staging.isTooDear { return nil }
                // It was refused for what may have changed since: look again.
                if staging.isOutdated { continue }
                guard error.code == .contention, let cause = error.cause, attempt < Self.attempts else { throw error }
                // Whoever was in the way writes to the same leaf by another path: queue up at that leaf from now on.
                if let conflict = cause.key { lockKeys = Key.locks(lockKeys.map { $0.orAncestor(conflict) }) }
                if attempt > 8 { await backOff(attempt - 8) }
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// Reads the paths, checks the preconditions, computes the edits and commits them.
    private func attemptWrite(
        _ works: [Work], _ conditions: [Condition], _ lockKeys: [Key], _ staging: inout Staging
    ) async throws(StoreError) -> [WriteResult] {
        try await locks.lock(lockKeys)
        defer { locks.unlock(lockKeys) }
        for (index, condition) in conditions.enumerated() {
            let records = try await read(condition.key, .tree, &staging)
            let node = staging.node(condition.key, records, isLeafOnly: false)
            do throws(StoreError) {
                try check(condition.precondition, node)
            } catch {
                throw error.about { $0.conditionIndex = index }
            }
        }
        staging.time = .now
        for (index, work) in works.enumerated() {
            do throws(StoreError) {
                try await stage(work, &staging, hasConditions: !conditions.isEmpty)
            } catch {
                throw staging.told(error).about { $0.writeIndex = index }
            }
        }
        let transaction = Transaction(reads: staging.reads, changes: staging.mutations(), readAt: staging.readAt)
        guard transaction.changes.count <= limits.leaves else { throw tooManyLeaves(transaction.changes.count) }
        let budget = works.first?.request.options.answers
        guard budget?.take(staging.answerBytes) ?? true else { throw tooManyAnswers }
        staging.isOutdated = false
        do {
            return staging.results(try await driver.commit(transaction))
        } catch {
            budget?.give(back: staging.answerBytes)
            throw StoreError(error)
        }
    }

    private func stage(
        _ work: Work, _ staging: inout Staging, hasConditions: Bool
    ) async throws(StoreError) {
        let request = work.request
        let records = try await read(work.key, work.view, &staging)
        let settings = entryPoints.settings(for: request.key)
        let insists = settings?.requiresPrecondition == true
        let isUnconditional = request.options.precondition.isEmpty
        if insists, isUnconditional { try requirePrecondition(request, nil, conditions: hasConditions) }
        let time = staging.time
        let isDone = try staging.changeDocument(
            request, records, limits, valueBytes: min(limits.valueBytes, settings?.valueBytes ?? .max)
        ) { key, standing in label(request, key, replacing: standing, time, settings) }
        guard !isDone else { return try checkAnswers(staging) }
        let node = staging.node(work.key, records, isLeafOnly: work.view == .leaf)
        guard staging.isPatient || !work.computesLong(on: node) else { throw staging.refuseAsTooDear() }
        try check(request.options.precondition, node)
        if insists, !isUnconditional { try requirePrecondition(request, node, conditions: hasConditions) }
        var restored: JSONText?
        if case .restore(let number) = request.operation {
            restored = try await restorable(number, of: request.key).value
        }
        let plan = try plan(request, node, child: work.child, restored: restored)
        guard plan.edits.count <= limits.leaves else { throw tooManyLeaves(plan.edits.count) }
        for edit in plan.edits {
            if edit.key.isAncestor(of: work.key) { try checkPart(edit, request) }
            try checkSize(edit, settings)
        }
        staging.add(
            plan.edits, node, target: work.child ?? work.key, isCreation: work.child != nil || !node.exists,
            answer: plan.answer
        ) { label($0, request, time, settings) }
        try checkAnswers(staging)
    }

    /// What all operations give back is one reply.
    private func checkAnswers(_ staging: Staging) throws(StoreError) {
        guard staging.answerBytes <= limits.composedBytes else { throw tooManyAnswers }
    }

    private var tooManyAnswers: StoreError {
        StoreError(
            .subtreeTooLarge,
            "The values that the operations give back would have more than \(limits.composedBytes) bytes together; send "
                + "fewer operations at once.", limit: limits.composedBytes)
    }

    private func read(_ key: Key, _ view: View, _ staging: inout Staging) async throws(StoreError) -> NodeRecords {
        if let known = staging.known(key, isLeafOnly: view == .leaf) { return known }
        let records = try await readForWriting(
            key, view, mayBeOutdated: staging.mayBeOutdated, isPatient: staging.isPatient)
        guard records.isTruncated else { return records }
        throw staging.refuseAsTooDear()
    }

    private func label(
        _ edit: Edit, _ request: WriteRequest, _ time: Timestamp, _ settings: EntryPointSettings?
    ) -> StagedLeaf.Label {
        let standing = edit.replacing.map { StagedLeaf.Label(attribution: $0.attribution, expiresAt: $0.expiresAt) }
        return label(request, edit.key, replacing: edit.value == nil ? nil : standing, time, settings)
    }

    /// What is known about a leaf's change besides the value.
    ///
    /// - Parameter standing: the same of the leaf that stands there.
    private func label(
        _ request: WriteRequest, _ key: Key, replacing standing: StagedLeaf.Label?, _ time: Timestamp,
        _ settings: EntryPointSettings?
    ) -> StagedLeaf.Label {
        let options = request.options
        var label = StagedLeaf.Label(
            attribution: options.attribution, expiresAt: options.lifetime.map { time + $0 })
        if let standing {
            if request.operation.keepsTags(options), !standing.attribution.tags.isEmpty {
                label.attribution.tags = standing.attribution.tags
            }
            if request.operation.keepsValue, label.attribution.schemaHash == nil {
                label.attribution.schemaHash = standing.attribution.schemaHash
            }
            // A document of which a part is written stays as long as it would have stayed.
            let keepsExpiry = request.operation.keepsExpiry || key.isAncestor(of: request.key)
            if label.expiresAt == nil, keepsExpiry {
                label.expiresAt = standing.expiresAt
                return label
            }
        }
        if label.expiresAt == nil, let lifetime = settings?.lifetime, !request.operation.isPersist {
            label.expiresAt = time + lifetime
        }
        return label
    }

    /// An entry point may insist on compare-and-set.
    private func requirePrecondition(
        _ request: WriteRequest, _ node: Node?, conditions: Bool
    ) throws(StoreError) {
        if let node, request.options.precondition.restrictsWrites(of: node) { return }
        if conditions || request.operation.isConditional { return }
        throw StoreError(
            .preconditionRequired,
            "Writes to this entry point need a precondition: If-Match, If-None-Match or Nestkv-If-Version. "
                + "If-Unmodified-Since counts where one leaf answers, and If-Modified-Since is for reads.")
    }

    private func check(_ precondition: Precondition, _ node: Node) throws(StoreError) {
        guard !precondition.isEmpty, case .failed(let reason) = precondition.evaluate(node, reading: nil) else {
            return
        }
        throw StoreError(.preconditionFailed, reason, current: node)
    }

    /// Refuses what can't be asked of a part of a document, and a document that it would nest too deep.
    private func checkPart(_ edit: Edit, _ request: WriteRequest) throws(StoreError) {
        guard request.options.lifetime == nil else {
            throw StoreError(
                .notApplicable, "\(request.key) is a part of the leaf \(edit.key); only whole leaves expire.")
        }
        // Each level takes two bytes.
        guard let value = edit.value, value.utf8.count > 2 * limits.valueDepth else { return }
        let limit = JSONLimits(maximumBytes: .max, maximumDepth: limits.valueDepth)
        guard (try? JSONText(parsing: value.utf8, limits: limit)) == nil else { return }
        throw StoreError(
            .valueTooLarge, "The value of \(edit.key) would be nested more than \(limits.valueDepth) levels deep.",
            limit: limits.valueDepth)
    }

    private func checkSize(_ edit: Edit, _ settings: EntryPointSettings?) throws(StoreError) {
        let limit = min(limits.valueBytes, settings?.valueBytes ?? .max)
        guard let value = edit.value, value.utf8.count > limit else { return }
        let size = "\(value.utf8.count) bytes; the most is \(limit)"
        throw StoreError(.valueTooLarge, "The value of \(edit.key) would have \(size).", limit: limit)
    }

    private func tooManyLeaves(_ count: Int) -> StoreError {
        StoreError(
            .subtreeTooLarge, "The write changes \(count) leaves; the most is \(limits.leaves).", limit: limits.leaves)
    }

    /// Waits a little longer after each attempt, up to 50 ms, with jitter.
    private func backOff(_ attempt: Int) async {
        try? await Task.sleep(for: .microseconds(Int.random(in: 50...200) << min(attempt, 8)))
    }
}

/// A write with what it reads. A class, so that it is passed on as one reference.
private final class Work: Sendable {
    let request: WriteRequest
    /// The path that the precondition and the edits are about.
    let key: Key
    let view: View
    /// The child that an append makes.
    let child: Key?

    init(_ request: WriteRequest, _ keys: any KeyService) throws(StoreError) {
        self.request = request
        guard case .append = request.operation else {
            (key, view, child) = (request.key, request.options.view, nil)
            return
        }
        let name = keys.childName()
        let child = request.key.appending(name)
        try keys.check(child, name: name)
        self.child = child
        // Without a condition on the parent there is nothing to read of it, however much stands below it.
        let isUnconditional = request.options.precondition.isEmpty
        (key, view) = isUnconditional ? (child, .leaf) : (request.key, request.options.view)
    }

    /// Whether the write takes longer than others should wait: many leaves, or a large document that it takes apart.
    func computesLong(on node: Node) -> Bool {
        if node.below.count > 1024 { return true }
        let takesApart =
            switch request.operation {
            case .put, .append: if case .document = node.owner { true } else { false }
            default: true
            }
        return takesApart && node.storedBytes + node.ancestorBytes > 64 << 10
    }
}

extension StoreError {
    /// This error, with where it happened.
    /// This error with more told about it.
    func about(_ set: (inout StoreError) -> Void) -> StoreError {
        var error = self
        set(&error)
        return error
    }
}

extension WriteOperation {
    /// Whether it compares by itself, or adds without looking.
    fileprivate var isConditional: Bool {
        switch self {
        case .compareAndSwap, .increment, .append: true
        default: false
        }
    }

    /// Whether values stay as they are.
    fileprivate var keepsValue: Bool {
        switch self {
        case .expire, .persist: true
        default: false
        }
    }

    fileprivate var isPersist: Bool {
        if case .persist = self { return true }
        return false
    }

    /// Whether a leaf keeps the tags that it has.
    fileprivate func keepsTags(_ options: WriteOptions) -> Bool {
        switch self {
        case .patch, .increment, .expire, .persist: !options.hasTags
        default: false
        }
    }
}

extension Key {
    /// What a writer of some keys locks: the keys, or their entry points when they are many.
    fileprivate static func locks(_ keys: [Key]) -> [Key] {
        let outermost = outermost(keys)
        guard outermost.count > 32 else { return outermost }
        return Self.outermost(outermost.map { Key($0.segments.prefix(1)) })
    }

    /// Those of some keys that stand below no other, in order.
    private static func outermost(_ keys: [Key]) -> [Key] {
        guard keys.count > 1 else { return keys }
        var outermost: [Key] = []
        for key in keys.sorted() where !(outermost.last?.contains(key) ?? false) { outermost.append(key) }
        return outermost
    }

    /// The other key when it is an ancestor of this one, else this one.
    fileprivate func orAncestor(_ other: Key) -> Key {
        other.isAncestor(of: self) ? other : self
    }
}
