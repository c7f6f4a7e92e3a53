import ArgumentParser
import MicroJSON
import NestKVCommands
import NestKVCore
import RocksDBDriver

/// `nestkv backups`.
struct Backups: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List backups, and check their files.",
        discussion: """
            Prints one line of JSON for each backup, the oldest first.
            Exit code 1: a backup is damaged.

            Examples:
              nestkv backups
              nestkv backups --from /backups --verify
            """)

    @Option(help: ArgumentHelp("Folder on this machine (default: the server's folder)", valueName: "folder"))
    var from: String?
    @Option(help: ArgumentHelp("Use this folder in the server's backup folder.", valueName: "name"))
    var into: String?
    @Flag(help: "Read all files of each backup; needs --from.") var verify = false
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if verify, from == nil {
            throw ValidationError("--verify reads files on this machine; it needs --from FOLDER.")
        }
        if from != nil, into != nil {
            throw ValidationError("--into names a folder on the server; it excludes --from.")
        }
    }

    func run() throws {
        guard let from else {
            var target = Target("/_backup")
            target.add("to", ifGiven: into)
            let list = try server.client().ask("GET", target.text).json().slice(at: [Array("backups".utf8)])
            for backup in list?.elements ?? JSONText.emptyArray.elements {
                StandardStream.output.write(Array(backup) + [0x0A])
            }
            return
        }
        var isDamaged = false
        for found in RocksDBBackups.list(from, verifying: verify) {
            switch found.backup {
            case .success(let backup): StandardStream.output.write(backup.json.description + "\n")
            case .failure(let error):
                isDamaged = true
                StandardStream.error.write("nestkv: \(error.message)\n")
            }
        }
        if isDamaged { throw ExitCode(1) }
    }
}
