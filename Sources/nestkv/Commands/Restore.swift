import ArgumentParser
import NestKVCommands
import NestKVStorage
import RocksDBDriver

#if canImport(Glibc)
    import Glibc
#endif

/// `nestkv restore`.
struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Restore what 'nestkv backup' wrote.",
        discussion: """
            A backup of files is restored into a RocksDB store that no server has open: --to rocksdb:PATH. \
            If --from is a folder of several backups, the newest is restored.
            A snapshot is restored through the server, into a store without leaves. Versions and times are new.
            Both are checked first. If a file was changed or cut, nothing is restored.

            Examples:
              nestkv restore --from /backups --to rocksdb:/var/lib/nestkv
              nestkv restore --from snapshot.ndjson
            """)

    @Option(help: ArgumentHelp("A backup, a folder of backups, a snapshot, or '-'.", valueName: "path"))
    var from: String
    @Option(help: ArgumentHelp("Restore a backup of files here: rocksdb:PATH", valueName: "address"))
    var to: String?
    @Flag(help: "With --to: move an existing store aside.") var replace = false
    @Flag(help: "Snapshot: permit a store with leaves; those that the snapshot lacks stay.") var merge = false
    @Flag(help: "Snapshot: report lines that fail, and continue.") var keepGoing = false
    @Flag(name: .shortAndLong, help: "Print no progress.") var quiet = false
    @OptionGroup var persistence: Persistence
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if to != nil, merge || keepGoing {
            throw ValidationError("--merge and --keep-going are for snapshots; they exclude --to.")
        }
        if to == nil, replace { throw ValidationError("--replace needs --to rocksdb:PATH.") }
    }

    func run() throws {
        if let to { return try restore(to) }
        var status = stat()
        guard stat(from, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else {
            throw CommandFailure.usage("'\(from)' is a folder. To restore a backup of files, add --to rocksdb:PATH.")
        }
        let client = try server.client()
        try SnapshotRestore(client, persistence, isQuiet: quiet, merges: merge, keepsGoing: keepGoing).run(from)
    }

    /// Restores a backup of files.
    private func restore(_ store: String) throws(CommandFailure) {
        do throws(DriverError) {
            let url = try StoreURL(store)
            guard url.scheme == "rocksdb", !url.rest.isEmpty else {
                throw DriverError(
                    .address,
                    "--to is '\(store)'; a backup of files can only be restored into a RocksDB store: rocksdb:PATH.")
            }
            let outcome = try BackupRestore(from: from, to: url.rest).run(replacing: replace)
            let backup = outcome.backup
            StandardStream.output.write(
                "Restored backup \(backup.id) of \(backup.createdAt.rfc3339), revision \(backup.revision), into "
                    + "\(url.rest). Its change feed has a new identity (\(outcome.identity)): clients that followed "
                    + "the old one must start again.\n")
            if let replaced = outcome.replaced {
                StandardStream.output.write(
                    "The former store is in \(replaced); delete it when you no longer need it.\n")
            }
        } catch {
            throw error.kind == .address ? .usage(error.message) : .failure(error.description)
        }
    }
}
