import MicroJSON
import NestKVStorage

extension KeyValueStore {
    public func write(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) async throws(StoreError) -> [WriteResult] {
        let works = try prepared(requests)
        if let results = try await write(works, conditions, isPatient: ComputePool.isHere) { return results }
        let results = try await compute.run { () async throws(StoreError) in
            try await write(works, conditions, isPatient: true)
        }
        return results ?? []
    }

    public var writesAtOnce: Bool { driver.commitsAtOnce }

    public func writeAtOnce(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) throws(StoreError) -> [WriteResult]? {
        guard driver.commitsAtOnce else { return nil }
        let works = try prepared(requests)
        let lockKeys = lockKeys(of: works)
        guard locks.lockAtOnce(lockKeys) else { return nil }
        defer { locks.unlock(lockKeys) }
        var attempt = attempt(works, conditions, mayBeOutdated: false, isPatient: false)
        do {
            while true {
                switch try advance(&attempt) {
                case .records(let key, let view):
                    guard let records = try readForWritingAtOnce(key, view) else { return nil }
                    try attempt.take(records)
                case .version: return nil
                case .commit(let transaction):
                    guard let receipt = try commitAtOnce(transaction, attempt) else { return nil }
                    return finish(&attempt, receipt)
                }
            }
        } catch {
            // Another writer was faster, or the write computes for long. Then it is one that waits.
            if attempt.staging.isTooDear || error.code == .contention { return nil }
            throw attempt.located(error)
        }
    }

    /// Carries out the writes, again after each conflict.
    ///
    /// - Parameter isPatient: whether it may compute for long.
    /// - Returns: nil if it would compute for long and may not; nothing was written then.
    private func write(
        _ works: [PreparedWrite], _ conditions: [Condition], isPatient: Bool
    ) async throws(StoreError) -> [WriteResult]? {
        var lockKeys = lockKeys(of: works)
        for number in 1... {
            var attempt = attempt(works, conditions, mayBeOutdated: number == 1, isPatient: isPatient)
            do {
                return try await carryOut(&attempt, lockKeys)
            } catch {
                if attempt.staging.isTooDear { return nil }
                // It was refused because of data that may be outdated, so read it again.
                if attempt.staging.isOutdated { continue }
                guard error.code == .contention, let cause = error.cause, number < Self.attempts else { throw error }
                // The conflicting writer writes the same leaf by another path, so lock that leaf from now on.
                if let conflict = cause.key { lockKeys = Key.locks(lockKeys.map { $0.orAncestor(conflict) }) }
                if number > 8 { await backOff(number - 8) }
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// Carries out an attempt, and waits for what it needs.
    private func carryOut(_ attempt: inout WriteAttempt, _ lockKeys: [Key]) async throws(StoreError) -> [WriteResult] {
        try await locks.lock(lockKeys)
        defer { locks.unlock(lockKeys) }
        do {
            while true {
                switch try advance(&attempt) {
                case .records(let key, let view):
                    try attempt.take(
                        try await readForWriting(
                            key, view, mayBeOutdated: attempt.staging.mayBeOutdated,
                            isPatient: attempt.staging.isPatient))
                case .version(let version, let key):
                    do throws(StoreError) {
                        attempt.take(restored: .success(migrated(try await restorable(version, of: key)).value))
                    } catch {
                        attempt.take(restored: .failure(error))
                    }
                case .commit(let transaction):
                    return finish(&attempt, try await commit(transaction, attempt))
                }
            }
        } catch {
            throw attempt.located(error)
        }
    }

    private func commit(
        _ transaction: Transaction, _ attempt: WriteAttempt
    ) async throws(StoreError) -> Receipt {
        do {
            return try await driver.commit(transaction)
        } catch {
            attempt.giveBackAnswers()
            throw StoreError(error)
        }
    }

    /// Makes the commit of an attempt; nil if that can't be done without waiting, and nothing was done then.
    private func commitAtOnce(_ transaction: Transaction, _ attempt: WriteAttempt) throws(StoreError) -> Receipt? {
        do {
            if let receipt = try driver.commitAtOnce(transaction) { return receipt }
        } catch {
            attempt.giveBackAnswers()
            throw StoreError(error)
        }
        attempt.giveBackAnswers()
        return nil
    }

    private func lockKeys(of works: [PreparedWrite]) -> [Key] {
        Key.locks(works.map { schemas.lock(for: $0.key) })
    }

    private func prepared(_ requests: [WriteRequest]) throws(StoreError) -> [PreparedWrite] {
        var works: [PreparedWrite] = []
        works.reserveCapacity(requests.count)
        for request in requests { works.append(try PreparedWrite(request, keys)) }
        return works
    }

    /// Waits before the next attempt, longer each time, up to about 50 ms with jitter.
    private func backOff(_ attempt: Int) async {
        try? await Task.sleep(for: .microseconds(Int.random(in: 50...200) << min(attempt, 8)))
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
