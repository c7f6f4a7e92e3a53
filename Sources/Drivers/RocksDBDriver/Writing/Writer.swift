import Dispatch
import Logging
import NestKVStorage

/// Takes all queued transactions, checks each in order, writes the accepted ones with one synced batch and answers all.
/// It runs on a thread of its own.
///
/// A refused transaction takes no part in the batch, so it never affects the others. A transaction that depends on an
/// earlier one of its group is checked against the group (``StagedGroup/latest(_:)``), or the group is written first.
final class Writer {
    let database: Database
    let folder: StoreFolder
    let table: ChangeTable
    let status: StoreStatus
    let cache: NodeCache
    let queue: WriterQueue
    let mark: MarkFile
    let watch: FolderWatch
    let settings: RocksDBSettings
    let logger: Logger

    /// The state on disk.
    var committed: StoreState
    /// The state after the group is written.
    var staged: StoreState
    /// The group being made.
    var group = StagedGroup()
    /// The memory in which rows are made.
    var row = RowWriter(capacity: 4 << 10)
    /// When to retry a failed write, and the pause after that.
    var recovery = Recovery()
    /// When the oldest change in the feed was committed; nil: unknown.
    var oldestChangeAt: Timestamp?

    /// A writer of an open store.
    init(
        database: Database, state: StoreState, table: ChangeTable, status: StoreStatus, cache: NodeCache,
        queue: WriterQueue, mark: MarkFile, watch: FolderWatch, settings: RocksDBSettings,
        logger: Logger
    ) {
        self.database = database
        folder = StoreFolder(path: settings.path)
        self.table = table
        self.status = status
        self.cache = cache
        self.queue = queue
        self.mark = mark
        self.watch = watch
        self.settings = settings
        self.logger = logger
        committed = state
        staged = state
    }

    /// Runs until the queue is closed and empty, then closes the database.
    func run() {
        while true {
            let taken = queue.take(waitingAtMost: idleTime)
            for request in taken.requests { accept(request) }
            write()
            if taken.isClosed && taken.requests.isEmpty { break }
            if status.health.canWrite { maintain() } else { recoverWhenDue() }
        }
        status.signal.close()
        watch.stop()
        do {
            try database.flush()
            watch.recordManifest()
            mark.seal(at: committed.revision)
        } catch {
            // Nothing is lost, because the log is replayed at the next start.
            logger.warning("the store was closed without writing its memory to files", metadata: ["cause": "\(error)"])
        }
        database.close()
        mark.close()
        queue.finish()
    }

    private func accept(_ request: WriterQueue.Request) {
        do throws(DriverError) {
            request.result = .success(try stage(request.transaction))
        } catch {
            request.result = .failure(error)
        }
        // Refusals wait for the group, too, because their cause may be a change that is not visible before it is
        // written.
        group.requests.append(request)
    }

    /// Writes the group and answers all of its transactions.
    func write() {
        guard !group.requests.isEmpty || group.batch != nil else { return }
        let done = group
        group = StagedGroup()
        guard let batch = done.batch else { return done.finish(nil) }
        do throws(RocksDBFailure) {
            batch.put(.info, StoreState.row, staged.encode())
            if let loss = status.loss { throw RocksDBFailure.lost(loss.problem) }
            guard !settings.looksForRoom || hasRoom(for: batch.bytes) else { throw .noRoom }
            try database.write(batch, isSynced: settings.isSynced)
            succeed()
            for record in done.records where !record.isDeleted { renew(record) }
            done.finish(nil)
        } catch {
            staged = committed
            fail(error)
            done.finish(.writing(error))
        }
    }

    /// Replaces a record in the cache, unless the group has a later one of the same key.
    private func renew(_ record: Record) {
        let marks = table.marks(of: record.key)
        if marks.leaf == record.revision { cache.renew(record, marks, at: committed.revision) }
    }

    /// How long the writer sleeps if nothing comes.
    private var idleTime: DispatchTimeInterval {
        guard status.health.canWrite else { return .milliseconds(100) }
        guard committed.feedCount > 0, let oldestChangeAt else { return .seconds(60) }
        let due = oldestChangeAt.milliseconds + settings.feedRetention.age.milliseconds - Timestamp.now.milliseconds
        return .milliseconds(Int(min(max(due, 100), 60_000)))
    }
}
