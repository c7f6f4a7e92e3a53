import ArgumentParser
import MicroJSON
import NestKVCore

/// `nestkv backup`.
struct BackUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Makes a backup of a store while it is read and written.",
        discussion: """
            Without --to the server makes it in its own folder (--backup-folder of 'nestkv serve'): all files of a RocksDB \
            store at one revision; what earlier backups have already is shared with them. With --to FILE it is a snapshot of \
            any store, read from the server: all leaves at one revision, with the settings of entry points, as lines of JSON. \
            '-' is standard output, and in a folder it gets a name of its own. With --store rocksdb:PATH a store that isn't \
            open is backed up into the folder --to. 'nestkv restore' brings each of them back.
            """)

    @Option(help: ArgumentHelp("The snapshot's file or its folder, or '-'.", valueName: "file|folder")) var to: String?
    @Option(help: ArgumentHelp("In the server's folder of backups, the one of this name.", valueName: "name"))
    var into: String?
    @Option(help: ArgumentHelp("A store that no server has open: rocksdb:PATH.", valueName: "store")) var store: String?
    @Option(help: ArgumentHelp("With --store: so many backups stay in the folder.", valueName: "n")) var keep: Int?
    @Flag(help: "In a snapshot: the retained histories of leaves, too; a request for each leaf.") var history = false
    @Flag(help: "Replace a file that is there.") var force = false
    @Option(help: ArgumentHelp("How long the server may take for a backup.", valueName: "duration")) var wait = "24h"
    @Flag(name: .shortAndLong, help: "No progress.") var quiet = false
    @OptionGroup var persistence: Persistence
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if store != nil, to == nil || into != nil || history {
            throw ValidationError("--store needs --to FOLDER, and goes with neither --into nor --history.")
        }
        if to != nil, into != nil { throw ValidationError("--into is about the server's folder: leave out --to.") }
        if to == nil, history || force {
            throw ValidationError("--history and --force are about a snapshot: add --to.")
        }
        if let keep, keep < 1 || store == nil { throw ValidationError("--keep must be 1 or more, and needs --store.") }
    }

    func run() async throws {
        if let store, let to { return try await backUp(store, to) }
        guard let to else { return try askServer() }
        let client = try server.client()
        let file = try SnapshotFile(to, replacing: force)
        var run = SnapshotRun(
            client, persistence, isQuiet: quiet, withHistory: history, spooling: file.spoolFolders)
        try run.run(to: file)
    }

    /// The server does it, beside its work.
    private func askServer() throws {
        let client = HTTPClient(server: try server.url(), timeout: try ServerOptions.duration(wait, "--wait"))
        var body = JSONWriter()
        body.beginObject()
        if let into {
            body.name("to")
            body.string(into)
        }
        body.endObject()
        let backup = try client.ask("POST", "/_backup", body: body.bytes).json()
        StandardStream.output.write(backup.description + "\n")
    }

    /// A store that isn't open.
    private func backUp(_ store: String, _ folder: String) async throws {
        let settings = Settings(arguments: [.store: store], environment: [:])
        do {
            let log = CommandLog(.warning)
            defer { log.flush() }
            let driver = try await drivers.open(StoreURL(store), App.driverOptions(settings, log.logger))
            let made: Result<Backup, any Error>
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
        writer.beginObject()
        for (name, text) in [("id", id), ("path", path), ("store", store), ("createdAt", createdAt.rfc3339)] {
            writer.name(utf8: name.utf8)
            writer.string(text)
        }
        writer.name("revision")
        writer.integer(revision)
        for (name, number) in [("files", files), ("bytes", bytes), ("bytesWritten", bytesWritten)] {
            writer.name(utf8: name.utf8)
            writer.integer(number)
        }
        writer.endObject()
        return writer.text
    }
}
