import Logging
import NestKVStorage

/// Decides when to retry a failed write.
struct Recovery {
    private var due = ContinuousClock.now
    private var pause = Duration.milliseconds(500)

    /// Whether the next attempt is due. If so, the pause until the following one is doubled, up to half a minute.
    mutating func isDue() -> Bool {
        let now = ContinuousClock.now
        guard now >= due else { return false }
        due = now + pause
        pause = min(pause * 2, .seconds(30))
        return true
    }
}

/// A full disk is noticed before RocksDB notices it (``StoreFolder``), and is over when there is room.
///
/// After a write that failed in RocksDB, the database is read-only. It recovers from some failures by itself after some
/// seconds, but its C interface can't trigger that. So the writer tries a write, and if that fails it opens the
/// database again. Reads go on meanwhile, except for the milliseconds of opening.
extension Writer {
    /// Reports that writing works.
    func succeed() {
        committed = staged
        mark.advance(to: committed.revision)
        status.publish(committed.revision)
        guard !status.health.canWrite else { return }
        logger.notice("the store accepts writes again")
        recovery = Recovery()
        status.recover()
    }

    /// Reports that writing fails.
    func fail(_ failure: RocksDBFailure) {
        // A commit that is too large for the remaining room says nothing about the next one.
        if failure.isNoRoom, status.health.canWrite, folder.hasRoom(for: 1 << 20) { return }
        if status.health.canWrite {
            logger.error("the store accepts no writes", metadata: ["cause": "\(failure)"])
        }
        status.fail(DriverError.writing(failure).message, canRead: database.isOpen)
    }

    /// Tries whether writing works again, and opens the database again if it doesn't.
    func recoverWhenDue() {
        do throws(RocksDBFailure) {
            // Checking for room costs nothing. The attempts after it become less and less frequent.
            guard status.loss == nil, hasRoom(for: 0), recovery.isDue() else { return }
            if database.isOpen, (try? writeState()) != nil { return succeed() }
            logger.notice("opening the store again to accept writes")
            try database.reopen()
            try adoptState()
            try writeState()
            succeed()
        } catch {
            fail(error)
        }
    }

    /// Whether there is room for this many bytes. After a lack of room there must be some more, so that the store
    /// doesn't alternate.
    func hasRoom(for bytes: UInt64) -> Bool {
        folder.hasRoom(for: status.health.canWrite ? bytes : max(bytes, 2 << 20))
    }

    private func writeState() throws(RocksDBFailure) {
        let batch = try database.makeBatch()
        batch.put(.info, StoreState.row, committed.encode())
        try database.write(batch, isSynced: true)
    }

    /// Adopts the state on disk: a group whose sync failed may be stored nevertheless.
    private func adoptState() throws(RocksDBFailure) {
        guard let state = try database.read({ view throws(RocksDBFailure) in try view.state() }) else { return }
        guard state.revision >= committed.revision else {
            throw RocksDBFailure(
                description: "Corruption: revision \(committed.revision) was acknowledged, but only "
                    + "\(state.revision) is left")
        }
        if state.revision != committed.revision {
            logger.warning(
                "a write reported as unknown has been found committed",
                metadata: ["revision": .stringConvertible(state.revision)])
        }
        committed = state
        staged = state
        oldestChangeAt = nil
    }
}
