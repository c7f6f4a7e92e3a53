import MicroJSON
import NestKVStorage

extension KeyValueStore {
    /// The most leaves that one commit and one call expire.
    static let expiryBatch = (commit: 100, call: 1000)

    /// All records of a path for a writer. Expired leaves are deleted first, so that the writer needn't replace them.
    ///
    /// - Parameters:
    ///   - mayBeOutdated: whether the caller only uses the result for a commit, and reads again if that fails.
    ///   - isPatient: whether it may take long; otherwise a long result is truncated.
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
        throw StoreError(.contention, "Leaves at \(key) expire as fast as they are written; try again.")
    }

    /// The records of a path for a writer that doesn't wait; nil if they are many, or a leaf among them has expired.
    func readForWritingAtOnce(_ key: Key, _ view: View) throws(StoreError) -> NodeRecords? {
        guard let records = try recordsAtOnce(key, view), !records.isTruncated else { return nil }
        return records.expired(at: .now).isEmpty ? records : nil
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
            // A commit may be restricted to one entry point.
            let isBound = capabilities.atomicity != .store
            let batch = Array(
                rest.prefix(most).prefix { !isBound || $0.key.entryPoint == first.key.entryPoint })
            rest = rest.dropFirst(batch.count)
            count += try await expireAll(batch)
        }
        return count
    }

    /// Deletes expired leaves with one commit. If another writer was faster with one of them, or the entry point
    /// commits one leaf at a time, deletes them one by one.
    ///
    /// - Returns: the number of deleted leaves.
    private func expireAll(_ records: [Record]) async throws(StoreError) -> Int {
        if try await expire(records) { return records.count }
        var count = 0
        for record in records where try await expire([record]) { count += 1 }
        return count
    }

    /// Deletes expired leaves with one commit.
    ///
    /// - Returns: false if one of them was changed meanwhile or the store can't commit them; then no leaf is deleted.
    private func expire(_ records: [Record]) async throws(StoreError) -> Bool {
        let time = Timestamp.now
        let changes = records.map { record in
            Mutation.expire(
                metadata.draft(.delete(record), attribution: .none, time: time, expiresAt: nil), replacing: record)
        }
        let readAt = records.map(\.revision).max() ?? 0
        do {
            let transaction = Transaction(expectations: [], changes: changes, readAt: readAt)
            catalogs.take(try await driver.commit(transaction).records)
            return true
        } catch {
            if error.kind == .conflict || error.kind == .unsupported { return false }
            throw StoreError(error)
        }
    }
}

extension NodeRecords {
    /// The expired leaves.
    fileprivate func expired(at time: @autoclosure () -> Timestamp) -> [Record] {
        guard mayExpire else { return [] }
        let time = time()
        return ((leaf.map { [$0] } ?? []) + ancestors + below).filter { $0.isExpired(at: time) }
    }

    /// These records without the expired leaves.
    func withoutExpired(at time: @autoclosure () -> Timestamp) -> NodeRecords {
        guard mayExpire else { return self }
        let time = time()
        var rest = self
        if rest.latest?.isExpired(at: time) ?? false { rest.latest = nil }
        rest.ancestors.removeAll { $0.isExpired(at: time) }
        rest.below.removeAll { $0.isExpired(at: time) }
        // Renderings kept with the subtree contain all of its leaves.
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
