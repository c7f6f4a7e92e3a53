import NestKVStorage

extension RocksDBDriver {
    // Both run on a thread of their own, because they wait for the disk and compute hashes.

    func backUp(into folder: String, keeping: Int?) async throws(DriverError) -> Backup {
        guard !isBackingUp.exchange(true, ordering: .acquiring) else { throw DriverError.backupRunning }
        defer { isBackingUp.store(false, ordering: .releasing) }
        let run = BackupRun(database: database, identity: identity)
        return try await onThread { () throws(DriverError) in
            try run.run(into: BackupFolder(path: folder), keeping: keeping)
        }
    }

    func backups(in folder: String) async throws(DriverError) -> [FoundBackup] {
        try await onThread { () throws(DriverError) in BackupFolder(path: folder).backups() }
    }

    private func onThread<Result: Sendable>(
        _ body: @escaping @Sendable () throws(DriverError) -> Result
    ) async throws(DriverError) -> Result {
        try await withTypedContinuation { continuation in
            OwnThread.start("backup") { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }
}

/// Backups of stores that are not open.
public enum RocksDBBackups {
    /// The backups in a folder, the oldest first.
    ///
    /// - Parameter verifying: whether to read all their files.
    public static func list(_ folder: String, verifying: Bool) -> [FoundBackup] {
        BackupFolder(path: folder).backups(verifying: verifying)
    }
}
