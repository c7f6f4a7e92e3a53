import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

/// A folder of backups. Each backup is a folder with all files of a store, named by a rising number: `000001`. Files
/// that several backups share are one file with several names, so any backup can be deleted, moved or copied by itself.
struct BackupFolder {
    /// The name prefix of a backup's folder that isn't complete.
    private static let unfinished = ".unfinished-"

    /// The folder.
    let path: String

    /// The names of the backups, the oldest first.
    var ids: [String] {
        BackupFiles.names(path).filter { $0.count >= 6 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
            .sorted { ($0.count, $0) < ($1.count, $1) }
    }

    /// The path of a backup.
    func path(of id: String) -> String { "\(path)/\(id)" }

    /// The backups in the folder.
    ///
    /// - Parameter verifying: whether to read all their files.
    func backups(verifying: Bool = false) -> [FoundBackup] {
        ids.map { id in
            FoundBackup(
                id: id,
                backup: Result { () throws(DriverError) in
                    let manifest = try BackupManifest(of: path(of: id))
                    if verifying { try manifest.verify(path(of: id)) }
                    return manifest.backup(id: id, at: path(of: id))
                })
        }
    }

    /// The newest backup whose list of files can be read. The next backup shares unchanged files with it.
    var newest: (id: String, manifest: BackupManifest)? {
        for id in ids.reversed() {
            if let manifest = try? BackupManifest(of: path(of: id)) { return (id, manifest) }
        }
        return nil
    }

    /// Runs a body that makes a backup in a new folder, and gives the folder its name once all of it is on the disk.
    /// The remains of a backup that was killed are removed.
    ///
    /// - Throws: ``DriverError`` `.busy` if another backup is being made in this folder.
    func add(
        _ body: (_ folder: String) throws(DriverError) -> BackupManifest
    ) throws(DriverError) -> Backup {
        try BackupFiles.makeFolder(path)
        let lock = open("\(path)/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard lock >= 0 else { throw .file(path, "written") }
        defer { close(lock) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw .backupRunning }
        for name in BackupFiles.names(path) where name.hasPrefix(Self.unfinished) {
            BackupFiles.remove("\(path)/\(name)")
        }
        let number = String((ids.last.flatMap { Int($0) } ?? 0) + 1)
        let id = String(repeating: "0", count: max(0, 6 - number.count)) + number
        let folder = "\(path)/\(Self.unfinished)\(id)"
        do throws(DriverError) {
            try BackupFiles.makeFolder(folder)
            let manifest = try body(folder)
            try BackupFiles.write(manifest.encode(), to: "\(folder)/\(BackupManifest.name)")
            try BackupFiles.sync(folder)
            try BackupFiles.rename(folder, to: path(of: id))
            try BackupFiles.sync(path)
            return manifest.backup(id: id, at: path(of: id))
        } catch {
            BackupFiles.remove(folder)
            throw error
        }
    }

    /// Removes the oldest backups until `count` are left.
    func prune(keeping count: Int) {
        for id in ids.dropLast(count) {
            let unfinished = "\(path)/\(Self.unfinished)\(id)"
            // A partly removed backup must not look like a backup.
            guard (try? BackupFiles.rename(path(of: id), to: unfinished)) != nil else { continue }
            BackupFiles.remove(unfinished)
        }
    }
}

extension DriverError {
    /// The error if another backup is being made.
    static let backupRunning = DriverError(
        .busy, "Another backup is being made. 'GET /_backup' lists it when it is complete.")
}
