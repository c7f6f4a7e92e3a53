import ArgumentParser
import NestKVCore
import RocksDBDriver

#if canImport(Glibc)
    import Glibc
#endif

/// `nestkv restore`.
struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings back what 'nestkv backup' made.",
        discussion: """
            A backup of files goes into the folder of a RocksDB store that no server has open: --to rocksdb:PATH. --from is \
            the backup's folder, or a folder of backups, of which the newest is taken. A snapshot goes through the server, \
            into a store without leaves; versions and times are new. Either is looked through first, and nothing is changed \
            when it isn't as it was written.
            """)

    @Option(help: ArgumentHelp("A backup's folder, a folder of backups, a snapshot's file, or '-'.", valueName: "path"))
    var from: String
    @Option(help: ArgumentHelp("The store that gets a backup of files: rocksdb:PATH.", valueName: "store"))
    var to: String?
    @Flag(help: "With --to: move the store that is there aside.") var replace = false
    @Flag(help: "A snapshot: into a store that has leaves; those that the snapshot lacks stay.") var merge = false
    @Flag(help: "A snapshot: go on after lines that fail; each is told.") var keepGoing = false
    @Flag(name: .shortAndLong, help: "No progress.") var quiet = false
    @OptionGroup var persistence: Persistence
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if to != nil, merge || keepGoing { throw ValidationError("--merge and --keep-going are about a snapshot.") }
        if to == nil, replace { throw ValidationError("--replace is about a folder: add --to rocksdb:PATH.") }
    }

    func run() throws {
        if let to { return try restore(to) }
        var status = stat()
        guard stat(from, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else {
            throw CommandFailure.usage("'\(from)' is a folder: a backup of files needs --to rocksdb:PATH.")
        }
        let client = try server.client()
        try SnapshotRestore(client, persistence, isQuiet: quiet, merges: merge, keepsGoing: keepGoing).run(from)
    }

    /// Files into a folder.
    private func restore(_ store: String) throws(CommandFailure) {
        do throws(DriverError) {
            let url = try StoreURL(store)
            guard url.scheme == "rocksdb", !url.rest.isEmpty else {
                throw DriverError(
                    .address, "A backup of files goes into a RocksDB store: write --to rocksdb:PATH, not '\(store)'.")
            }
            let outcome = try BackupRestore(from: from, to: url.rest).run(replacing: replace)
            let backup = outcome.backup
            StandardStream.output.write(
                "\(url.rest) holds backup \(backup.id) of \(backup.createdAt.rfc3339), revision \(backup.revision). Its feed is "
                    + "another one now (\(outcome.identity)): who followed it begins anew.\n")
            if let replaced = outcome.replaced {
                StandardStream.output.write("What was there is in \(replaced); delete it when you don't need it.\n")
            }
        } catch {
            throw error.kind == .address ? .usage(error.message) : .failure(error.description)
        }
    }
}
