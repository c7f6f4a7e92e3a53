import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

/// Makes a backup of an open store. RocksDB links and copies its files at one moment within the store's folder, and
/// then they are copied from there. Blocks its thread until it is done.
struct BackupRun {
    /// The folder within the store's folder for the files of one moment.
    private static let checkpoint = ".checkpoint"
    /// Files that RocksDB recreates at each start.
    private static let leftOut = ["LOCK", "IDENTITY"]

    let database: Database
    let identity: String

    /// Removes the remains of a killed backup from a store's folder.
    static func removeLeftovers(in store: String) {
        for name in BackupFiles.names(store) where name.hasPrefix(checkpoint) { BackupFiles.remove("\(store)/\(name)") }
    }

    /// Makes the backup.
    func run(into folder: BackupFolder, keeping: Int?) throws(DriverError) -> Backup {
        let createdAt = Timestamp.now
        let backup = try folder.add { target throws(DriverError) in
            let source = "\(database.path)/\(Self.checkpoint)"
            Self.removeLeftovers(in: database.path)
            defer { Self.removeLeftovers(in: database.path) }
            let revision = try makeCheckpoint(source)
            let (files, written) = try copy(source, to: target, folder)
            return BackupManifest(
                revision: revision, store: identity, createdAt: createdAt, files: files, bytesWritten: written)
        }
        if let keeping { folder.prune(keeping: keeping) }
        return backup
    }

    /// Makes the files of one moment, and opens them to read their revision.
    private func makeCheckpoint(_ path: String) throws(DriverError) -> Revision {
        guard StoreFolder(path: database.path).hasRoom(for: 0) else {
            throw DriverError(.full, "The store's disk has no room for a snapshot of the store's files: make room.")
        }
        do throws(RocksDBFailure) {
            try database.makeCheckpoint(path)
            return try Database(path: path).peek(Database.Family.allCases) { view throws(RocksDBFailure) in
                let state = try view.state()
                let last = view.rows(.feed, from: [], before: nil, isBackward: true)
                try last.check()
                guard last.isValid ? UInt64(bigEndianAtEndOf: last.key) == state.revision : state.feedCount == 0 else {
                    throw RowReader.malformed("the feed doesn't end at revision \(state.revision)")
                }
                return state.revision
            }
        } catch {
            throw DriverError.backingUp(error)
        }
    }

    /// Copies all files except for tables that the newest backup has. Tables never change, so those get another name
    /// there.
    private func copy(
        _ source: String, to target: String, _ folder: BackupFolder
    ) throws(DriverError) -> (files: [BackupManifest.File], written: Int) {
        let known = folder.newest
        let shared = Dictionary((known?.manifest.files ?? []).map { ($0.name, $0) }) { first, _ in first }
        var files: [BackupManifest.File] = []
        var written = 0
        for name in BackupFiles.names(source) where !name.hasPrefix("LOG") && !Self.leftOut.contains(name) {
            guard let (bytes, mark) = BackupFiles.mark("\(source)/\(name)") else { continue }
            let new = "\(target)/\(name)"
            if let known, let file = shared[name], name.hasSuffix(".sst"), file.bytes == bytes, file.mark == mark,
                case let old = "\(folder.path(of: known.id))/\(name)", BackupFiles.mark(old)?.bytes == bytes,
                link(old, new) == 0
            {
                files.append(file)
                continue
            }
            let copy = try BackupFiles.copy("\(source)/\(name)", to: new)
            guard try BackupFiles.hash(new) == copy else { throw .file(new, "read back unchanged", EIO) }
            files.append(BackupManifest.File(name: name, bytes: copy.bytes, hash: copy.hash, mark: mark))
            written += copy.bytes
        }
        return (files, written)
    }
}

extension DriverError {
    fileprivate static func backingUp(_ failure: RocksDBFailure) -> DriverError {
        DriverError(
            failure.isFull ? .full : failure.isCorruption ? .corrupt : .unavailable,
            "No backup was made, because a snapshot of the store's files failed: see the service's log.",
            cause: failure.description)
    }
}
