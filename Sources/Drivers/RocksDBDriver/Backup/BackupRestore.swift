import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

/// Restores a backup into a store's folder. The store gets another identity, so that no client resumes from a place in
/// the history that the restore replaced.
///
/// The files are prepared within the folder and then moved up, last the file that makes them a store. If the process is
/// killed before that, the folder is still empty, or not a store that would be opened.
public struct BackupRestore {
    private static let staging = ".restoring"
    private static let replaced = ".replaced"

    /// The result of a restore.
    public struct Outcome: Sendable {
        /// The backup.
        public let backup: Backup
        /// The new name of the store's feed.
        public let identity: String
        /// Where the replaced store is now; nil: the folder held no store.
        public let replaced: String?
    }

    private let source: String
    private let id: String
    private let target: String

    /// - Parameters:
    ///   - source: a backup, or a folder of backups, of which the newest is used.
    ///   - target: the store's folder.
    public init(from source: String, to target: String) throws(DriverError) {
        self.target = target
        if BackupFiles.mark("\(source)/\(BackupManifest.name)") != nil {
            (self.source, id) = (source, String(source.split(separator: "/").last ?? ""))
            return
        }
        guard let newest = BackupFolder(path: source).ids.last else {
            throw DriverError(
                .configuration,
                "'\(source)' is not a backup or a folder of backups. It must contain '\(BackupManifest.name)', or "
                    + "folders with names such as 000001.")
        }
        (self.source, id) = (BackupFolder(path: source).path(of: newest), newest)
    }

    /// Restores the backup.
    ///
    /// - Parameter replacing: whether to move an existing store aside.
    public func run(replacing: Bool) throws(DriverError) -> Outcome {
        let manifest = try BackupManifest(of: source)
        try BackupFiles.makeFolder(target)
        let old = try inspect(replacing: replacing)
        let staged = "\(target)/\(Self.staging)"
        BackupFiles.remove(staged)
        defer { BackupFiles.remove(staged) }
        try BackupFiles.makeFolder(staged)
        for file in manifest.files {
            let path = "\(source)/\(file.name)"
            guard BackupFiles.mark(path) != nil else {
                throw .damagedBackup(source, "its file '\(file.name)' is missing")
            }
            try manifest.check(file, BackupFiles.copy(path, to: "\(staged)/\(file.name)"), source)
        }
        let identity = try renew(staged, manifest.revision)
        let replaced = try old.isEmpty ? nil : moveAside(old)
        // CURRENT makes the files a store.
        for name in BackupFiles.names(staged).sorted(by: { $1 == "CURRENT" && $0 != "CURRENT" })
        where name != "LOCK" && !name.hasPrefix("LOG") {
            if name == "CURRENT" { try BackupFiles.sync(target) }
            try BackupFiles.rename("\(staged)/\(name)", to: "\(target)/\(name)")
        }
        try BackupFiles.sync(target)
        return Outcome(backup: manifest.backup(id: id, at: source), identity: identity, replaced: replaced)
    }

    /// The names of existing files.
    private func inspect(replacing: Bool) throws(DriverError) -> [String] {
        let names = BackupFiles.names(target).filter { !$0.hasPrefix(".") && $0 != "lost+found" }
        guard !names.isEmpty else { return [] }
        guard !isOpen else {
            throw DriverError(
                .configuration,
                "The store in '\(target)' is open in another process: stop that process, or use another folder.")
        }
        guard replacing else {
            throw DriverError(
                .configuration,
                "The folder '\(target)' is not empty (it contains '\(names[0])'). Use a new folder, or --replace, "
                    + "which moves the existing files aside.")
        }
        guard names.contains("CURRENT") || names.contains(where: { $0.hasSuffix(".sst") }) else {
            throw DriverError(
                .configuration,
                "The folder '\(target)' is not replaced, because it contains '\(names[0])' but no store: use "
                    + "another folder.")
        }
        return names
    }

    /// Whether a process has the store open. RocksDB locks this file.
    private var isOpen: Bool {
        let descriptor = open("\(target)/LOCK", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var lock = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
        return fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK
    }

    /// Opens the files as a store, checks their revision, and gives the store a new name.
    private func renew(_ path: String, _ revision: Revision) throws(DriverError) -> String {
        let database = Database(path: path)
        defer { database.close() }
        do throws(RocksDBFailure) {
            try database.open(creating: false)
            let batch = try database.makeBatch()
            StoreContents.renew(batch)
            // The file of marks stays with the original store. Opening the restored one makes a new file.
            batch.delete(.info, MarkFile.row)
            try database.write(batch, isSynced: true)
            try database.flush()
            let found = try database.read { view throws(RocksDBFailure) in try StoreContents(of: view) }
            guard let state = found?.state, let store = found?.store, state.revision == revision else {
                throw RowReader.malformed("the revision is \(found?.state?.revision ?? 0), not \(revision)")
            }
            return StoreContents.name(store)
        } catch {
            throw DriverError(
                error.isFull ? .full : .corrupt, "The backup '\(source)' can't be opened: \(error.description).",
                cause: error.description)
        }
    }

    /// Moves the existing files into a new folder beside the store's files.
    private func moveAside(_ names: [String]) throws(DriverError) -> String {
        var number = 1
        while case let path = "\(target)/\(Self.replaced)-\(number)", access(path, F_OK) == 0 { number += 1 }
        let folder = "\(target)/\(Self.replaced)-\(number)"
        try BackupFiles.makeFolder(folder)
        // Without CURRENT the files aren't opened as a store, so it is moved first.
        for name in names.sorted(by: { $0 == "CURRENT" && $1 != "CURRENT" }) {
            try BackupFiles.rename("\(target)/\(name)", to: "\(folder)/\(name)")
        }
        try BackupFiles.sync(folder)
        return folder
    }
}
