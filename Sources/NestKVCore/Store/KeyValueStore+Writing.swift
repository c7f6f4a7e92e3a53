import MicroJSON

extension KeyValueStore {
    /// Reads a path, checks the writer's precondition, computes the edits, commits, and starts again when another
    /// writer came first.
    ///
    /// - Parameters:
    ///   - key: the path that the precondition and the edits are about.
    ///   - target: the path whose new state is the result, when it is another one.
    ///   - keepsTags: whether a leaf that is changed keeps its tags.
    ///   - edits: what to change; called anew for each attempt.
    func write(
        _ key: Key, _ options: WriteOptions, to target: Key? = nil, keepsTags: Bool = false,
        edits: (Node) throws(StoreError) -> [Edit]
    ) async throws(StoreError) -> WriteResult {
        var lockKey = key
        for attempt in 1... {
            try await locks.lock(lockKey)
            let node: Node
            let changes: [Mutation]
            let receipt: Receipt
            do {
                defer { locks.unlock(lockKey) }
                node = try await get(key, options.view)
                try check(options.precondition, node)
                let edits = try edits(node)
                for edit in edits where edit.key.isAncestor(of: key) { try checkDepth(edit) }
                changes = try mutations(edits, options, keepsTags: keepsTags)
                receipt = try await commit(changes, node.expectations, node.records.revision)
            } catch {
                guard error.code == .contention, error.cause != nil, attempt < Self.attempts else { throw error }
                // Whoever was in the way writes to the same leaf by another path: queue up at that leaf from now on.
                if let shortest = contended(error, key) { lockKey = shortest }
                if attempt > 8 { await backOff(attempt - 8) }
                continue
            }
            return result(of: changes, receipt, node, target)
        }
        fatalError("the loop ends by returning or throwing")
    }

    private func check(_ precondition: Precondition, _ node: Node) throws(StoreError) {
        guard !precondition.isEmpty, case .failed(let reason) = precondition.evaluate(node, reading: nil) else {
            return
        }
        throw StoreError(.preconditionFailed, reason, current: node)
    }

    /// Refuses a document that a write to a part of it would nest too deep.
    private func checkDepth(_ edit: Edit) throws(StoreError) {
        // Each level takes two bytes.
        guard let value = edit.value, value.utf8.count > 2 * limits.valueDepth else { return }
        let limit = JSONLimits(maximumBytes: .max, maximumDepth: limits.valueDepth)
        guard (try? JSONText(parsing: value.utf8, limits: limit)) == nil else { return }
        throw StoreError(
            .valueTooLarge, "The value of \(edit.key) would be nested more than \(limits.valueDepth) levels deep.",
            limit: limits.valueDepth)
    }

    private func mutations(
        _ edits: [Edit], _ options: WriteOptions, keepsTags: Bool
    ) throws(StoreError) -> [Mutation] {
        guard edits.count <= limits.leaves else {
            throw StoreError(
                .subtreeTooLarge, "The write changes \(edits.count) leaves; the most is \(limits.leaves).",
                limit: limits.leaves)
        }
        let time = Timestamp.now
        var mutations: [Mutation] = []
        mutations.reserveCapacity(edits.count)
        for edit in edits {
            if let value = edit.value, value.utf8.count > limits.valueBytes {
                let size = "\(value.utf8.count) bytes; the most is \(limits.valueBytes)"
                throw StoreError(
                    .valueTooLarge, "The value of \(edit.key) would have \(size).", limit: limits.valueBytes)
            }
            var attribution = options.attribution
            if keepsTags, let tags = edit.replacing?.attribution.tags { attribution.tags = tags }
            let draft = metadata.draft(edit, attribution: attribution, time: time)
            if edit.value == nil, let replacing = edit.replacing {
                mutations.append(.delete(draft, replacing: replacing))
            } else {
                mutations.append(.set(draft, replacing: edit.replacing))
            }
        }
        return mutations
    }

    private func commit(
        _ changes: [Mutation], _ expectations: [Expectation], _ readAt: Revision
    ) async throws(StoreError) -> Receipt {
        do {
            return try await driver.commit(
                Transaction(expectations: expectations, changes: changes, readAt: readAt))
        } catch {
            throw StoreError(error)
        }
    }

    /// Waits a little longer after each attempt, up to 50 ms, with jitter.
    private func backOff(_ attempt: Int) async {
        try? await Task.sleep(for: .microseconds(Int.random(in: 50...200) << min(attempt, 8)))
    }

    /// The key to lock for the next attempt: an ancestor of `key` when its leaf is what others write to.
    private func contended(_ error: StoreError, _ key: Key) -> Key? {
        guard let conflict = error.cause?.key, conflict.isAncestor(of: key) else { return nil }
        return conflict
    }

    private func result(of changes: [Mutation], _ receipt: Receipt, _ node: Node, _ target: Key?) -> WriteResult {
        let key = target ?? node.key
        let after =
            if target == nil {
                node.after(receipt.records, revision: receipt.revision)
            } else {
                Node(
                    key: key,
                    records: NodeRecords(
                        latest: receipt.records.first, ancestors: [], below: [], isTruncated: false,
                        revision: receipt.revision))
            }
        let deleted = changes.count(where: { $0.draft.value == nil })
        return WriteResult(
            key: key, isCreation: target != nil || !node.exists, node: after, setCount: changes.count - deleted,
            deletedCount: deleted, revision: receipt.revision, durability: receipt.durability)
    }
}
