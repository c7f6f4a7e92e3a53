import MicroJSON

extension KeyValueStore {
    /// The most leaves that are expired with one commit, and with one call.
    static let expiryBatch = (commit: 100, call: 1000)

    /// Everything about a path, without leaves whose time is up, which are deleted first: a writer that finds one gone
    /// has to replace nothing.
    ///
    /// - Parameters:
    ///   - mayBeOutdated: whether the caller commits what it makes of it, or reads again.
    ///   - isPatient: whether it may take long; otherwise what takes long is truncated.
    func readForWriting(
        _ key: Key, _ view: View, mayBeOutdated: Bool, isPatient: Bool
    ) async throws(StoreError) -> NodeRecords {
        for attempt in 1...Self.attempts {
            let mayBeOutdated = mayBeOutdated && attempt == 1
            let records =
                isPatient
                ? try await read(key, view, mayBeOutdated: mayBeOutdated)
                : try await readAtOnce(key, view, mayBeOutdated: mayBeOutdated)
            if records.isTruncated { return records }
            let expired = records.expired(at: .now)
            guard !expired.isEmpty else { return records }
            let most = capabilities.leavesPerCommit ?? .max
            _ = try await expireAll(Array(expired.prefix(most)))
        }
        throw StoreError(.contention, "Leaves at \(key) expire as fast as they are written.")
    }

    public func expireLeaves() async throws(StoreError) -> Int {
        let expired: [Record]
        do {
            expired = try await driver.expired(by: .now, limit: Self.expiryBatch.call)
        } catch {
            throw StoreError(error)
        }
        var count = 0
        var rest = expired[...]
        while let first = rest.first {
            let most = min(Self.expiryBatch.commit, capabilities.leavesPerCommit ?? .max)
            // A commit may be bound to one entry point.
            let isBound = capabilities.atomicity != .store
            let batch = Array(
                rest.prefix(most).prefix { !isBound || $0.key.entryPoint == first.key.entryPoint })
            rest = rest.dropFirst(batch.count)
            count += try await expireAll(batch)
        }
        return count
    }

    /// Deletes leaves whose time is up with one commit, or one by one when another process or a writer was faster with
    /// one of them, or their entry point takes one leaf at a time.
    ///
    /// - Returns: how many it deleted.
    private func expireAll(_ records: [Record]) async throws(StoreError) -> Int {
        if try await expire(records) { return records.count }
        var count = 0
        for record in records where try await expire([record]) { count += 1 }
        return count
    }

    /// Deletes leaves whose time is up.
    ///
    /// - Returns: false when one of them was changed meanwhile, or the store can't; then none is deleted.
    private func expire(_ records: [Record]) async throws(StoreError) -> Bool {
        let time = Timestamp.now
        let changes = records.map { record in
            Mutation.expire(
                metadata.draft(.delete(record), attribution: .none, time: time, expiresAt: nil), replacing: record)
        }
        let readAt = records.map(\.revision).max() ?? 0
        do {
            _ = try await driver.commit(Transaction(expectations: [], changes: changes, readAt: readAt))
            return true
        } catch {
            if let error = error as? DriverError, error.kind == .conflict || error.kind == .unsupported { return false }
            throw StoreError(error)
        }
    }
}

extension NodeRecords {
    /// The leaves whose time is up.
    fileprivate func expired(at time: @autoclosure () -> Timestamp) -> [Record] {
        guard mayExpire else { return [] }
        let time = time()
        return ((leaf.map { [$0] } ?? []) + ancestors + below).filter { $0.isExpired(at: time) }
    }

    /// Without the leaves whose time is up.
    func withoutExpired(at time: @autoclosure () -> Timestamp) -> NodeRecords {
        guard mayExpire else { return self }
        let time = time()
        var rest = self
        if rest.latest?.isExpired(at: time) ?? false { rest.latest = nil }
        rest.ancestors.removeAll { $0.isExpired(at: time) }
        rest.below.removeAll { $0.isExpired(at: time) }
        // What is kept with the subtree was made of all of it.
        if rest.latest == nil && latest != nil || rest.below.count < below.count { rest.subtree = nil }
        return rest
    }

    private var mayExpire: Bool {
        if latest?.expiresAt != nil { return true }
        var mayExpire = false
        ancestors.forEachUnretained { if $0.expiresAt != nil { mayExpire = true } }
        if let subtree { return mayExpire || subtree.mayExpire }
        below.forEachUnretained { if $0.expiresAt != nil { mayExpire = true } }
        return mayExpire
    }
}
