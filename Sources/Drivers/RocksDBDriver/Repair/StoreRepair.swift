import Logging
import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

/// Makes a store of the readable parts of a damaged one.
///
/// The store's files are only read: links to them, and copies of those that RocksDB would change, are opened in a
/// folder of their own. What can be read there is written into a new store. The new store then replaces the damaged
/// files, which are kept in a folder beside it.
public struct StoreRepair {
    private static let work = "repair.tmp"

    private let path: String
    private let options: DriverOptions
    private var workPath: String { "\(path)/\(Self.work)" }
    private var oldPath: String { "\(workPath)/old" }
    private var newPath: String { "\(workPath)/new" }

    /// A repair of the store at an address.
    ///
    /// - Throws: ``DriverError`` `.address` if it isn't the address of a RocksDB store.
    public init(_ url: StoreURL, logger: Logger) throws(DriverError) {
        guard url.scheme == DriverFactory.rocksdb.scheme else {
            throw DriverError(.address, "Only RocksDB stores can be repaired: write '--store rocksdb:PATH'.")
        }
        options = DriverOptions(logger: logger)
        path = try RocksDBSettings(url, options).path
    }

    /// Reports what can be saved. With `applying`, also replaces the damaged files with it.
    public func run(applying: Bool) throws(DriverError) -> RepairReport {
        let folder = StoreFolder(path: path)
        guard folder.fileNames.contains(where: { $0 == "CURRENT" || $0 == MarkFile.name || $0.hasSuffix(".sst") })
        else {
            throw DriverError(.configuration, "There is no nestkv store in '\(path)': check the path.")
        }
        let lock = Glibc.open("\(path)/LOCK", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        defer { Glibc.close(lock) }
        var whole = flock()
        whole.l_type = Int16(F_WRLCK)
        guard lock >= 0, !MarkFile.isLocked(in: path), fcntl(lock, F_SETLK, &whole) == 0 else {
            throw DriverError(
                .configuration,
                "The store in '\(path)' is open in another process, or its file LOCK can't be opened. Stop that "
                    + "process, or change the file's permissions.")
        }
        guard folder.hasRoom(for: folder.bytes) else {
            throw DriverError(
                .full,
                "The disk has no room for a second copy of the store '\(path)': make room for "
                    + "\(folder.bytes >> 20) MiB.")
        }
        var report = RepairReport()
        let problem = opening(path).diagnose()
        // Not a damage: another program's database, a format of another version, no permission.
        if let problem, problem.kind != .corrupt { throw problem }
        report.problem = problem?.description
        do {
            defer { FileTree.remove(workPath) }
            FileTree.remove(workPath)
            try salvage(into: &report)
            if applying, !report.isSound { report.keptIn = try exchange() }
            return report
        } catch let error as DriverError {
            throw error
        } catch {
            throw DriverError(
                .corrupt, "The store in '\(path)' can't be repaired. Restore a backup.", cause: "\(error)")
        }
    }

    private func opening(_ path: String) -> DatabaseOpening {
        DatabaseOpening(RocksDBSettings(path: path, options: options))
    }

    private func salvage(into report: inout RepairReport) throws {
        var mark: DurabilityMark?
        if case .mark(let found) = MarkFile.find(in: path) { mark = found }
        try FileTree.make(workPath)
        let isManifestDamaged = mark.map { ManifestSeal(folder: path).damage(since: $0.manifest) != nil } ?? false
        var old = Database(path: oldPath, salvaging: true)
        if isManifestDamaged || !open(old) {
            report.isManifestRebuilt = true
            old.close()
            FileTree.remove(oldPath)
            old = Database(path: oldPath, salvaging: true)
            try old.open(creating: true)
            report.unreadableFiles = try LooseFiles(path: path, workPath: "\(workPath)/part", target: old).collect()
        }
        defer { old.close() }
        let new = try opening(newPath).open()
        defer {
            new.database.close()
            new.mark.close()
        }
        var copy = try SalvageCopy(from: old, to: new.database, mark: mark, report: report)
        let revision = try copy.run()
        report = copy.report
        try new.database.flush()
        if let manifest = ManifestSeal(folder: newPath).newer(than: new.mark.mark.manifest) {
            new.mark.record(manifest)
        }
        new.mark.seal(at: revision)
    }

    /// Opens the files that RocksDB's own manifest names; false if that fails.
    private func open(_ database: Database) -> Bool {
        (try? linkFiles()) != nil && (try? database.open(creating: false)) != nil
    }

    /// Links or copies the store's files. Tables never change, so links are enough for them.
    private func linkFiles() throws(DriverError) {
        FileTree.remove(oldPath)
        try FileTree.make(oldPath)
        for name in StoreFolder(path: path).fileNames {
            if name.hasSuffix(".sst") {
                try FileTree.link("\(path)/\(name)", "\(oldPath)/\(name)")
            } else if name.hasSuffix(".log") || name.hasPrefix("MANIFEST-") || name == "CURRENT" {
                try FileTree.copy("\(path)/\(name)", "\(oldPath)/\(name)")
            }
        }
    }

    /// Moves the damaged files into a folder beside them and the new files into their place. If it is interrupted, it
    /// leaves a folder without `CURRENT`, which is refused.
    private func exchange() throws(DriverError) -> String {
        let aside = "\(path)/damaged-\(Timestamp.now.rfc3339.filter { $0.isNumber || $0 == "T" })"
        try FileTree.make(aside)
        let names = StoreFolder(path: path).fileNames.filter {
            !$0.hasPrefix(".") && !$0.hasPrefix("damaged-") && $0 != Self.work && $0 != "lost+found"
        }
        for name in names.sorted(by: { a, _ in a == "CURRENT" }) {
            try FileTree.move("\(path)/\(name)", "\(aside)/\(name)")
        }
        let made = StoreFolder(path: newPath).fileNames.filter { !$0.hasPrefix(".") && $0 != "CURRENT" }
        for name in made + ["CURRENT"] { try FileTree.move("\(newPath)/\(name)", "\(path)/\(name)") }
        try FileTree.sync(path)
        return aside
    }
}
