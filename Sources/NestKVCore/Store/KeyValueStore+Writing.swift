import MicroJSON
import NestKVStorage

extension KeyValueStore {
    public func write(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) async throws(StoreError) -> [WriteResult] {
        var works: [PreparedWrite] = []
        for request in requests { works.append(try PreparedWrite(request, keys)) }
        if let results = try await write(works, conditions, isPatient: ComputePool.isHere) { return results }
        let results = try await compute.run { [works] () async throws(StoreError) in
            try await write(works, conditions, isPatient: true)
        }
        return results ?? []
    }

    /// Carries out the writes, again after each conflict.
    ///
    /// - Parameter isPatient: whether it may compute for long.
    /// - Returns: nil if it would compute for long and may not; nothing was written then.
    private func write(
        _ works: [PreparedWrite], _ conditions: [Condition], isPatient: Bool
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
                // It was refused because of data that may be outdated, so read it again.
                if staging.isOutdated { continue }
                guard error.code == .contention, let cause = error.cause, attempt < Self.attempts else { throw error }
                // The conflicting writer writes the same leaf by another path, so lock that leaf from now on.
                if let conflict = cause.key { lockKeys = Key.locks(lockKeys.map { $0.orAncestor(conflict) }) }
                if attempt > 8 { await backOff(attempt - 8) }
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// Reads the paths, checks the preconditions, computes the edits and commits them.
    private func attemptWrite(
        _ works: [PreparedWrite], _ conditions: [Condition], _ lockKeys: [Key], _ staging: inout Staging
    ) async throws(StoreError) -> [WriteResult] {
        try await locks.lock(lockKeys)
        defer { locks.unlock(lockKeys) }
        for (index, condition) in conditions.enumerated() {
            let records = try await read(condition.key, .tree, &staging)
            let node = staging.node(condition.key, records, isLeafOnly: false)
            do throws(StoreError) {
                try condition.precondition.check(node)
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
        try rules.check(transaction.changes)
        let budget = works.first?.request.options.answers
        guard budget?.take(staging.answerBytes) ?? true else { throw tooManyAnswers }
        staging.isOutdated = false
        do {
            let receipt = try await driver.commit(transaction)
            if works.contains(where: { $0.key.isInternal }) { catalogs.take(receipt.records) }
            return staging.results(receipt)
        } catch {
            budget?.give(back: staging.answerBytes)
            throw StoreError(error)
        }
    }

    private func stage(
        _ work: PreparedWrite, _ staging: inout Staging, hasConditions: Bool
    ) async throws(StoreError) {
        let records = try await read(work.key, work.view, &staging)
        let settings = entryPoints.settings(for: work.request.key)
        try rules.check(work.request, settings, hasConditions: hasConditions)
        let valueLimits = (bytes: min(limits.valueBytes, settings?.valueBytes ?? .max), depth: limits.valueDepth)
        if let write = try staging.changeDocument(
            work, records, settings, hasConditions: hasConditions, valueLimits)
        {
            try rules.check(write)
            return try checkAnswers(staging)
        }
        let node = staging.node(work.key, records, isLeafOnly: work.view == .leaf)
        guard staging.isPatient || !work.computesLong(on: node) else { throw staging.refuseAsTooDear() }
        try work.request.options.precondition.check(node)
        var restored: JSONText?
        if let version = work.request.operation.restoredVersion {
            restored = try await restorable(version, of: work.request.key).value
        }
        let context = PlanContext(
            view: work.request.options.view, child: work.child, restored: restored, keys: keys, leafLimit: limits.leaves
        )
        let plan = try work.request.operation.plan(node, context)
        let write = PlannedWrite(
            work: work, node: node, settings: settings, hasConditions: hasConditions, plan: plan)
        try rules.check(write)
        staging.add(write)
        try checkAnswers(staging)
    }

    /// Refuses values to return that together exceed the limit on a reply.
    private func checkAnswers(_ staging: Staging) throws(StoreError) {
        guard staging.answerBytes <= limits.composedBytes else { throw tooManyAnswers }
    }

    private var tooManyAnswers: StoreError {
        StoreError(
            .subtreeTooLarge,
            "The values returned by the operations would have more than \(limits.composedBytes) bytes in total; "
                + "send fewer operations at once.", limit: limits.composedBytes)
    }

    private func read(_ key: Key, _ view: View, _ staging: inout Staging) async throws(StoreError) -> NodeRecords {
        if let known = staging.known(key, isLeafOnly: view == .leaf) { return known }
        let records = try await readForWriting(
            key, view, mayBeOutdated: staging.mayBeOutdated, isPatient: staging.isPatient)
        guard records.isTruncated else { return records }
        throw staging.refuseAsTooDear()
    }

    /// Waits before the next attempt, longer each time, up to about 50 ms with jitter.
    private func backOff(_ attempt: Int) async {
        try? await Task.sleep(for: .microseconds(Int.random(in: 50...200) << min(attempt, 8)))
    }
}

extension Precondition {
    /// Refuses a write of a path for which the condition doesn't hold.
    fileprivate func check(_ node: Node) throws(StoreError) {
        guard !isEmpty, case .failed(let failure) = evaluate(node, reading: nil) else { return }
        throw .unmet(failure, current: node)
    }
}

extension Key {
    /// The keys that a writer locks: its keys, or their entry points if there are many.
    fileprivate static func locks(_ keys: [Key]) -> [Key] {
        let outermost = outermost(keys)
        guard outermost.count > 32 else { return outermost }
        return Self.outermost(outermost.map { Key($0.segments.prefix(1)) })
    }

    /// The keys that are not below another one of them, in order.
    static func outermost(_ keys: [Key]) -> [Key] {
        guard keys.count > 1 else { return keys }
        var outermost: [Key] = []
        for key in keys.sorted() where !(outermost.last?.contains(key) ?? false) { outermost.append(key) }
        return outermost
    }

    /// The other key if it is an ancestor of this one, otherwise this one.
    fileprivate func orAncestor(_ other: Key) -> Key {
        other.isAncestor(of: self) ? other : self
    }
}
