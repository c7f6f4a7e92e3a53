import MicroJSON
import NestKVStorage

/// What an attempt of writes does between reading and committing.
extension KeyValueStore {
    /// An attempt of writes.
    ///
    /// - Parameters:
    ///   - mayBeOutdated: whether data that this process wrote last may be used, though it may be outdated.
    ///   - isPatient: whether it may compute for long.
    func attempt(
        _ works: [PreparedWrite], _ conditions: [Condition], mayBeOutdated: Bool, isPatient: Bool
    ) -> WriteAttempt {
        WriteAttempt(
            works, conditions,
            Staging(
                mayBeOutdated: mayBeOutdated, isPatient: isPatient, isSeveral: works.count + conditions.count > 1,
                metadata: metadata))
    }

    /// Goes on with an attempt until it needs something: checks the conditions, stages the writes, makes the commit.
    ///
    /// - Throws: ``StoreError``, without the place of what caused it: ``WriteAttempt/located(_:)``.
    func advance(_ attempt: inout WriteAttempt) throws(StoreError) -> WriteAttempt.Need {
        while let condition = attempt.condition {
            guard var records = attempt.records(condition.key, .tree) else { return .records(condition.key, .tree) }
            if schemas.isUsed { records = migrated(records, of: condition.key, [], &attempt.staging) }
            try condition.precondition.check(attempt.staging.node(condition.key, records, isLeafOnly: false))
            attempt.finishStep()
        }
        attempt.beginWrites()
        while let work = attempt.work {
            if let version = work.request.operation.restoredVersion, attempt.restored == nil {
                return .version(version, of: work.request.key)
            }
            guard let records = attempt.records(work.key, work.view) else { return .records(work.key, work.view) }
            try stage(work, records, &attempt)
            attempt.finishStep()
        }
        if schemas.isUsed, let path = try checkSchemas(&attempt) { return .records(path, .tree) }
        let transaction = attempt.staging.transaction()
        try rules.check(transaction.changes)
        guard attempt.takeAnswers() else { throw tooManyAnswers }
        attempt.staging.isOutdated = false
        return .commit(transaction)
    }

    /// Checks the writes against schemas.
    ///
    /// - Returns: a path whose records it needs first.
    private func checkSchemas(_ attempt: inout WriteAttempt) throws(StoreError) -> Key? {
        if attempt.schemaCheck == nil {
            guard let check = schemaCheck(attempt) else { return nil }
            attempt.schemaCheck = check
            attempt.unread = check.unread(attempt.staging)
        }
        while let path = attempt.unread.last {
            guard let records = attempt.records(path, .tree) else { return path }
            attempt.staging.expect(path, records, isLeafOnly: false)
            attempt.unread.removeLast()
        }
        if var check = attempt.schemaCheck { try run(&check, &attempt.staging) }
        return nil
    }

    /// The results of a commit.
    func finish(_ attempt: inout WriteAttempt, _ receipt: Receipt) -> [WriteResult] {
        if attempt.works.contains(where: { $0.key.isInternal }) { catalogs.take(receipt.records) }
        return attempt.staging.results(receipt)
    }

    /// Plans a write and adds its changes to those of the attempt.
    private func stage(
        _ work: PreparedWrite, _ records: NodeRecords, _ attempt: inout WriteAttempt
    ) throws(StoreError) {
        let hasConditions = !attempt.conditions.isEmpty
        let records = schemas.isUsed ? migrated(records, of: work.key, work.traits, &attempt.staging) : records
        let settings = entryPoints.settings(for: work.request.key)
        try rules.check(work.request, settings, hasConditions: hasConditions)
        let valueLimits = (bytes: min(limits.valueBytes, settings?.valueBytes ?? .max), depth: limits.valueDepth)
        if let write = try attempt.staging.changeDocument(
            work, records, settings, hasConditions: hasConditions, valueLimits)
        {
            try rules.check(write)
            return try checkAnswers(attempt.staging)
        }
        let node = attempt.staging.node(work.key, records, isLeafOnly: work.view == .leaf)
        guard attempt.staging.isPatient || !work.computesLong(on: node) else {
            throw attempt.staging.refuseAsTooDear()
        }
        try work.request.options.precondition.check(node)
        let context = PlanContext(
            view: work.request.options.view, child: work.child, restored: try attempt.restored?.get(), keys: keys,
            leafLimit: limits.leaves)
        let plan = try work.request.operation.plan(node, context)
        let write = PlannedWrite(work: work, node: node, settings: settings, hasConditions: hasConditions, plan: plan)
        try rules.check(write)
        attempt.staging.add(write)
        try checkAnswers(attempt.staging)
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
}

extension Precondition {
    /// Refuses a write of a path for which the condition doesn't hold.
    fileprivate func check(_ node: Node) throws(StoreError) {
        guard !isEmpty, case .failed(let failure) = evaluate(node, reading: nil) else { return }
        throw .unmet(failure, current: node)
    }
}
