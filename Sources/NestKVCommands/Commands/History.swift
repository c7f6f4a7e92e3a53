import ArgumentParser
import MicroJSON

/// `nestkv history`.
struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the versions of a leaf, newest first.",
        discussion: """
            Exit code 3: there is no leaf at exactly this path, and there was none.

            Examples:
              nestkv history /ep1/main/sup1 --limit 10
            """)

    @Argument(help: "A path as in a URL: /ep1/main/sup1") var path: String
    @Option(help: ArgumentHelp("Print at most N versions.", valueName: "n")) var limit: Int?
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() throws {
        var target = Target(path)
        target.add("history")
        target.add("limit", ifGiven: limit.map(String.init))
        let revisions = try server.client().ask("GET", target.text).json()
        let format = output.chosen()
        guard format == .table else { return try format.write(revisions) }
        var table = Table("VERSION", "REVISION", "TIME", "OPERATION", "BY", "COMMENT", "VALUE")
        for element in revisions.elements {
            let revision = JSONText(trusted: Array(element))
            func text(_ name: String) -> String {
                revision.text(at: name) ?? revision.number(at: name).map(String.init) ?? ""
            }
            table.add(
                text("version"), text("revision"), text("timestamp"), text("operation"), text("modifiedBy"),
                text("comment"), revision.slice(at: [Array("value".utf8)])?.description ?? "")
        }
        try StandardStream.output.writeAll(Array(table.text(columns: StandardStream.output.columns).utf8))
    }
}
