import ArgumentParser
import MicroJSON
import NestKVCommands
import NestKVStorage

/// `nestkv backup`.
struct BackUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Back up a store while it is in use.",
        discussion: """
            Without --to, the server writes a backup of its RocksDB files into its own folder \
            ('nestkv serve --backup-folder'). Files that an earlier backup already has are shared.
            With --to, the command reads all leaves at one revision from the server, with the \
            settings of entry points, and writes them as lines of JSON. Such a snapshot works with any store.
            With --store, it backs up the files of a RocksDB store that no server has open.
            'nestkv restore' restores all of them.

            Examples:
              nestkv backup
              nestkv backup --to snapshot.ndjson --histories
              nestkv backup --store rocksdb:/var/lib/nestkv --to /backups --keep 7
            """)

    @Option(help: ArgumentHelp("Write here: a file, a folder, or '-' (standard output).", valueName: "path")) var to:
        String?
    @Option(help: ArgumentHelp("Use this folder in the server's backup folder.", valueName: "name"))
    var into: String?
    @Option(help: ArgumentHelp("Back up this store: rocksdb:PATH", valueName: "address")) var store: String?
    @Option(help: ArgumentHelp("With --store: keep the newest N backups in the folder.", valueName: "n")) var keep: Int?
    @Flag(help: "Include earlier versions in a snapshot; this needs one request for each leaf.") var histories = false
    @Flag(name: .customLong("history"), help: .private) var formerHistories = false
    @Flag(help: "Replace an existing file.") var force = false
    @Option(help: ArgumentHelp("Time limit of a backup by the server", valueName: "duration")) var wait = "24h"
    @Flag(name: .shortAndLong, help: "Print no progress.") var quiet = false
    @OptionGroup var persistence: Persistence
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if store != nil, to == nil || into != nil || withHistories {
            throw ValidationError("--store needs --to FOLDER, and excludes --into and --histories.")
        }
        if to != nil, into != nil { throw ValidationError("--into names a folder on the server; it excludes --to.") }
        if to == nil, withHistories || force {
            throw ValidationError("--histories and --force need --to FILE.")
        }
        if let keep, keep < 1 || store == nil { throw ValidationError("--keep must be 1 or more, and needs --store.") }
    }

    private var withHistories: Bool { histories || formerHistories }

    func run() async throws {
        if let store, let to { return try await backUp(store, to) }
        guard let to else { return try askServer() }
        let client = try server.client()
        let file = try SnapshotFile(to, replacing: force)
        var run = SnapshotRun(
            client, persistence, isQuiet: quiet, withHistory: withHistories, spooling: file.spoolFolders)
        try run.run(to: file)
    }

    /// Lets the server make a backup of its files.
    private func askServer() throws {
        let client = HTTPClient(server: try server.url(), timeout: try ServerOptions.duration(wait, "--wait"))
        var body = JSONWriter()
        body.beginObject()
        if let into {
            body.member("to", into)
        }
        body.endObject()
        let backup = try client.ask("POST", "/_backup", body: body.bytes).json()
        StandardStream.output.write(backup.description + "\n")
    }

    /// Backs up a store that no server has open.
    private func backUp(_ store: String, _ folder: String) async throws {
        let settings = Settings(arguments: ["store": store], environment: [:])
        do {
            let log = CommandLog(.warning)
            defer { log.flush() }
            let driver = try await drivers.open(
                StoreURL(store), App.driverOptions(settings, keys: App.keyLimits(settings), log.logger))
            let made: Result<Backup, DriverError>
            do { made = .success(try await driver.backUp(into: folder, keeping: keep)) } catch {
                made = .failure(error)
            }
            await driver.shutdown()
            StandardStream.output.write(try made.get().json.description + "\n")
        } catch let error as DriverError {
            throw error.kind == .address ? CommandFailure.usage(error.message) : .failure(error.description)
        }
    }
}

extension Backup {
    /// The backup as the commands print it.
    var json: JSONText {
        var writer = JSONWriter()
        writer.object { writer in
            write(to: &writer)
            writer.member("bytesWritten", bytesWritten)
        }
        return writer.text
    }
}
