import ArgumentParser

/// `nestkv delete`.
struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete the value at a path and everything below it.",
        discussion: """
            Several paths are deleted one after the other, each in its own commit.
            Exit code 3: there is no value. Exit code 4: a condition failed.

            Examples:
              nestkv delete /ep1/main
              nestkv delete /ep1/main/sup1 --leaf --if-version 3
            """)

    @Argument(help: "Paths as in a URL: /ep1/main/sup1") var path: [String]
    @OptionGroup var writing: WritingOptions

    func run() throws {
        let client = try writing.server.client()
        let fields = try writing.fields()
        try path.forEachTried { path throws(CommandFailure) in
            var target = Target(path)
            target.add("leaf", if: writing.leaf)
            let answer = try client.ask("DELETE", target.text, fields: fields)
            guard !writing.quiet, writing.output.chosen() == .table else { return }
            let revision = answer.field("Nestkv-Revision").map { ": revision \($0)" } ?? ""
            try StandardStream.output.writeAll(Array("\(path) deleted\(revision)\n".utf8))
        }
    }
}
