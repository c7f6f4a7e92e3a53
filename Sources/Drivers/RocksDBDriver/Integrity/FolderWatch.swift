import Dispatch
import Logging
import NestKVStorage
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Checks twice a second whether the store's folder and files still exist, and records new parts of the manifest.
///
/// A process keeps files open that were deleted or whose file system was unmounted: it writes and syncs, and none of it
/// is kept. So writes stop while the folder isn't in its place, and work again when it is back.
final class FolderWatch: Sendable {
    private let path: String
    private let database: Database
    private let mark: MarkFile
    private let status: StoreStatus
    private let logger: Logger
    private let folder: stat
    private let isStopped = Atomic(false)
    private let bell = DispatchSemaphore(value: 0)

    /// A watch over the folder of an open database.
    init(path: String, database: Database, mark: MarkFile, status: StoreStatus, logger: Logger) {
        self.path = path
        self.database = database
        self.mark = mark
        self.status = status
        self.logger = logger
        var folder = stat()
        stat(path, &folder)
        self.folder = folder
    }

    /// Runs until ``stop()``, on a thread of its own.
    func run() {
        // Files are missing for a moment while RocksDB replaces them, so only a file missing twice in a row counts.
        var missing: Set<String> = []
        var logs: Set<String> = []
        while true {
            _ = bell.wait(timeout: .now() + .milliseconds(500))
            guard !isStopped.load(ordering: .acquiring) else { return }
            var problem = folderProblem()
            if problem == nil {
                recordManifest()
                let found = missingFiles(&logs)
                if let name = found.intersection(missing).min() {
                    problem =
                        "The file \(name) of the store in '\(path)' was deleted while it was in use."
                        + Self.advice("restore a backup")
                }
                missing = found
            }
            tell(problem)
        }
    }

    /// Ends the watch.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        bell.signal()
    }

    /// Records new parts of the manifest.
    func recordManifest() {
        guard let newer = ManifestSeal(folder: path).newer(than: mark.mark.manifest) else { return }
        mark.record(newer)
    }

    private func tell(_ problem: String?) {
        let was = status.loss?.problem
        guard problem != was else { return }
        if let problem { logger.error("\(problem)") } else { logger.notice("the store's folder is back") }
        status.report(loss: problem)
    }

    private static func advice(_ what: String) -> String {
        " New writes would be lost, so they are refused. Stop the service, \(what), and start it again."
    }

    private func folderProblem() -> String? {
        var there = stat()
        guard stat(path, &there) == 0 else {
            return "The store's folder '\(path)' is gone: it was deleted, renamed or unmounted."
                + Self.advice("put the folder back or restore a backup")
        }
        guard there.st_ino == folder.st_ino, there.st_dev == folder.st_dev else {
            return "Another folder is in the place of the store's folder '\(path)'."
                + Self.advice("put the store's own folder back")
        }
        guard mark.isStillIn(path) else {
            return "The files of the store in '\(path)' were deleted or replaced." + Self.advice("restore a backup")
        }
        return nil
    }

    /// The names of missing files that RocksDB needs.
    ///
    /// - Parameter logs: the logs that existed the last time.
    private func missingFiles(_ logs: inout Set<String>) -> Set<String> {
        let before = logs
        let state = database.read { view in (tables: view.tableNames, oldestLog: view.oldestLog) }
        guard let state else { return [] }
        let there = Set(StoreFolder(path: path).fileNames)
        var needed = Set(state.tables + ["CURRENT"])
        if let number = ManifestSeal(folder: path).currentNumber { needed.insert(ManifestSeal.name(number)) }
        for log in before {
            if let number = UInt64(log.dropLast(4)), number >= state.oldestLog { needed.insert(log) }
        }
        let missing = needed.subtracting(there)
        logs = there.filter { $0.hasSuffix(".log") }.union(missing.filter { $0.hasSuffix(".log") })
        return missing
    }
}
