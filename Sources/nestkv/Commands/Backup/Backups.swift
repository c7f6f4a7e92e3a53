import ArgumentParser
import MicroJSON
import NestKVCore
import RocksDBDriver

/// `nestkv backups`.
struct Backups: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists backups, and looks whether they are as they were written.",
        discussion: """
            A line of JSON for each, the oldest first: of a folder on this machine, or of the server's own folder. Exit code \
            1: one of them is damaged.
            """)

    @Option(help: ArgumentHelp("A folder of backups on this machine; without it, the server's.", valueName: "folder"))
    var from: String?
    @Option(help: ArgumentHelp("In the server's folder of backups, the one of this name.", valueName: "name"))
    var into: String?
    @Flag(help: "Read all files of each; needs --from.") var verify = false
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if verify, from == nil { throw ValidationError("--verify reads files on this machine: add --from FOLDER.") }
        if from != nil, into != nil { throw ValidationError("--into is about the server's folder: leave out --from.") }
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
