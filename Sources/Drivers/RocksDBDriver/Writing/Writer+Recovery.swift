import Logging
import NestKVCore

/// When to try again what failed.
struct Recovery {
    private var due = ContinuousClock.now
    private var pause = Duration.milliseconds(500)

    /// Whether the next attempt is due; then the one after it is due twice as much later, up to half a minute.
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
/// After a write that failed in RocksDB, it only reads. It recovers by itself from some failures, after some seconds;
/// its C interface has no call for it. So we try a write, and when that fails we open the database again. Reading goes
/// on all the while, but for the milliseconds of opening.
extension Writer {
    /// Tells everybody that writing works.
    func succeed() {
        committed = staged
        mark.advance(to: committed.revision)
        status.publish(committed.revision)
        guard !status.health.canWrite else { return }
        logger.notice("The store takes writes again.")
        recovery = Recovery()
        status.recover()
    }

    /// Tells everybody that writing fails.
    func fail(_ failure: RocksDBFailure) {
        // A commit too large for what is left says nothing about the next one.
        if failure.isNoRoom, status.health.canWrite, folder.hasRoom(for: 1 << 20) { return }
        if status.health.canWrite {
            logger.error("The store takes no writes.", metadata: ["cause": "\(failure)"])
        }
        status.fail(DriverError.writing(failure).message, canRead: database.isOpen)
    }

    /// Tries whether writing works again, and opens the database again when it doesn't.
    func recoverWhenDue() {
        do throws(RocksDBFailure) {
            // Looking for room costs nothing; what comes then is tried less and less often.
            guard status.loss == nil, hasRoom(for: 0), recovery.isDue() else { return }
            if database.isOpen, (try? writeState()) != nil { return succeed() }
            logger.notice("The store is opened again to take writes.")
            try database.reopen()
            try adoptState()
            try writeState()
            succeed()
        } catch {
            fail(error)
        }
    }

    /// Whether there is room for so many bytes. Once there was none, there must be some more than that, so that the
    /// store doesn't waver.
    func hasRoom(for bytes: UInt64) -> Bool {
        folder.hasRoom(for: status.health.canWrite ? bytes : max(bytes, 2 << 20))
    }

    private func writeState() throws(RocksDBFailure) {
        let batch = try database.makeBatch()
        batch.put(.info, StoreState.row, committed.encode())
        try database.write(batch, isSynced: true)
    }

    /// What is on disk counts: a group whose sync failed may be there all the same.
    private func adoptState() throws(RocksDBFailure) {
        guard let state = try database.read({ view throws(RocksDBFailure) in try view.state() }) else { return }
        guard state.revision >= committed.revision else {
            throw RocksDBFailure(
                description: "Corruption: revision \(committed.revision) was acknowledged, \(state.revision) is left")
        }
        if state.revision != committed.revision {
            logger.warning(
                "A change that was told as unknown is there.",
                metadata: ["revision": .stringConvertible(state.revision)])
        }
        committed = state
        staged = state
        oldestChangeAt = nil
    }
}
