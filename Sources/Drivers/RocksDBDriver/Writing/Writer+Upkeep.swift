import Logging
import NestKVStorage

/// Deletes what is too old or too much, between groups and never within, so no caller waits for it. It is not synced:
/// what a crash loses of it is done again.
extension Writer {
    /// The most rows that are deleted between two groups.
    private static let rowsMax = 4096

    /// Deletes some of what exceeds the limits.
    func maintain() {
        do throws(RocksDBFailure) {
            if let census = status.takeUncounted() { try count(census) }
            if isFeedOverdue { try trimFeed() }
            // A sixteenth more than the limit is tolerated, so that not every commit trims.
            if committed.tombstones > UInt64(settings.tombstonesKept + settings.tombstonesKept / 16) {
                try trimTombstones()
            }
        } catch {
            staged = committed
            logger.warning("old changes can't be deleted now", metadata: ["cause": "\(error)"])
        }
    }

    /// Adds leaves from before the census.
    private func count(_ uncounted: Census) throws(RocksDBFailure) {
        var state = committed
        state.census.leaves &+= uncounted.leaves
        state.census.sum &+= uncounted.sum
        state.census.isWhole = true
        try write(state, try database.makeBatch())
    }

    private var isFeedOverdue: Bool {
        guard committed.feedCount > 0 else { return false }
        let retention = settings.feedRetention
        return committed.feedCount > UInt64(retention.count + retention.count / 16)
            || committed.feedBytes > UInt64(retention.bytes + retention.bytes / 16)
            || oldestChangeAt.map { isTooOld($0, .now) } ?? true
    }

    private func isTooOld(_ time: Timestamp, _ now: Timestamp) -> Bool {
        now.milliseconds - time.milliseconds > settings.feedRetention.age.milliseconds
    }

    /// Deletes whole commits from the feed's beginning. The newest commit is deleted by its age only.
    private func trimFeed() throws(RocksDBFailure) {
        let retention = settings.feedRetention
        let now = Timestamp.now
        var state = committed
        var dropped = 0
        var commit: Revision = 0
        var oldestChangeAt: Timestamp?
        let isDone: Void? = try database.read { view throws(RocksDBFailure) in
            let rows = view.rows(.feed, from: [UInt8](feedRow: committed.feedOldest + 1), before: nil)
            while rows.isValid {
                let row = rows.value
                let (revision, time) = try ChangeRow.commit(row)
                if revision != commit {
                    let isOver = state.feedCount > UInt64(retention.count) || state.feedBytes > UInt64(retention.bytes)
                    oldestChangeAt = time
                    guard (isOver && revision < committed.revision) || isTooOld(time, now), dropped < Self.rowsMax
                    else { break }
                    commit = revision
                    oldestChangeAt = nil
                }
                state.feedOldest += 1
                state.feedBytes -= min(UInt64(row.count), state.feedBytes)
                dropped += 1
                rows.next()
            }
            try rows.check()
        }
        self.oldestChangeAt = oldestChangeAt
        guard isDone != nil, dropped > 0 else { return }
        let batch = try database.makeBatch()
        batch.delete(
            .feed, from: [UInt8](feedRow: committed.feedOldest + 1), before: [UInt8](feedRow: state.feedOldest + 1))
        try write(state, batch)
    }

    /// Deletes the oldest tombstones and their history.
    private func trimTombstones() throws(RocksDBFailure) {
        var state = committed
        let batch = try database.makeBatch()
        try database.read { view throws(RocksDBFailure) in
            let deletions = view.rows(.info, from: [UInt8](deletionRow: 0), before: [UInt8](deletionRow: .max))
            var dropped = 0
            while deletions.isValid, state.tombstones > UInt64(settings.tombstonesKept), dropped < Self.rowsMax {
                let key = Key(bytes: Array(deletions.value))
                batch.delete(.info, Array(deletions.key))
                batch.delete(.tombstones, key.bytes)
                let history = view.rows(.history, from: key.bytes + [0], before: key.bytes + [1])
                while history.isValid {
                    batch.delete(.history, Array(history.key))
                    dropped += 1
                    history.next()
                }
                try history.check()
                state.tombstones -= 1
                dropped += 1
                deletions.next()
            }
            try deletions.check()
        }
        try write(state, batch)
    }

    private func write(_ state: StoreState, _ batch: WriteBatch) throws(RocksDBFailure) {
        batch.put(.info, StoreState.row, state.encode())
        try database.write(batch, isSynced: false)
        committed = state
        staged = state
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1000)
        return isTooLong ? .max / 2 : whole + attoseconds / 1_000_000_000_000_000
    }
}
