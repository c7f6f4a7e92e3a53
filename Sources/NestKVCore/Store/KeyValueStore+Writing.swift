import MicroJSON

extension KeyValueStore {
    public func write(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) async throws(StoreError) -> [WriteResult] {
        var works: [Work] = []
        for request in requests { works.append(try Work(request, keys)) }
        var lockKeys = Key.locks(works.map(\.key))
        for attempt in 1... {
            var staging = Staging(mayBeOutdated: attempt == 1)
            do {
                return try await attemptWrite(works, conditions, lockKeys, &staging)
            } catch {
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
            let records = try await readForWriting(condition.key, .tree, mayBeOutdated: staging.mayBeOutdated)
            let node = staging.node(condition.key, records, isLeafOnly: false)
            do throws(StoreError) {
                try check(condition.precondition, node)
            } catch {
                throw error.about { $0.conditionIndex = index }
            }
        }
        let time = Timestamp.now
        for (index, work) in works.enumerated() {
            do throws(StoreError) {
                try await stage(work, &staging, time, hasConditions: !conditions.isEmpty)
            } catch {
                throw staging.told(error).about { $0.writeIndex = index }
            }
        }
        let transaction = Transaction(reads: staging.reads, changes: staging.mutations, readAt: staging.readAt)
        guard transaction.changes.count <= limits.leaves else { throw tooManyLeaves(transaction.changes.count) }
        staging.isOutdated = false
        do {
            return staging.results(try await driver.commit(transaction))
        } catch {
            throw StoreError(error)
        }
    }

    private func stage(
        _ work: Work, _ staging: inout Staging, _ time: Timestamp, hasConditions: Bool
    ) async throws(StoreError) {
        let request = work.request
        let records = try await readForWriting(work.key, work.view, mayBeOutdated: staging.mayBeOutdated)
        let node = staging.node(work.key, records, isLeafOnly: work.view == .leaf)
        try check(request.options.precondition, node)
        let settings = entryPoints.settings(for: request.key)
        if settings?.requiresPrecondition == true { try requirePrecondition(request, node, conditions: hasConditions) }
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
        ) { draft($0, request, time, settings) }
    }

    private func draft(
        _ edit: Edit, _ request: WriteRequest, _ time: Timestamp, _ settings: EntryPointSettings?
    ) -> Draft {
        let options = request.options
        var attribution = options.attribution
        var expiresAt = options.lifetime.map { time + $0 }
        if let replacing = edit.replacing, edit.value != nil {
            if request.operation.keepsTags(options), !replacing.attribution.tags.isEmpty {
                attribution.tags = replacing.attribution.tags
            }
            if request.operation.keepsValue, attribution.schemaHash == nil {
                attribution.schemaHash = replacing.attribution.schemaHash
            }
            // A document of which a part is written stays as long as it would have stayed.
            let keepsExpiry = request.operation.keepsExpiry || edit.key.isAncestor(of: request.key)
            if expiresAt == nil, keepsExpiry { return draft(edit, attribution, time, expiresAt: replacing.expiresAt) }
        }
        if expiresAt == nil, let lifetime = settings?.lifetime, !request.operation.isPersist {
            expiresAt = time + lifetime
        }
        return draft(edit, attribution, time, expiresAt: expiresAt)
    }

    private func draft(_ edit: Edit, _ attribution: Attribution, _ time: Timestamp, expiresAt: Timestamp?) -> Draft {
        metadata.draft(
            edit, attribution: attribution, time: time, expiresAt: edit.value == nil ? nil : expiresAt)
    }

    /// An entry point may insist on compare-and-set.
    private func requirePrecondition(
        _ request: WriteRequest, _ node: Node, conditions: Bool
    ) throws(StoreError) {
        if request.options.precondition.restrictsWrites(of: node) { return }
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
