import ArgumentParser
import MicroJSON

/// `nestkv get`.
struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the value at a path, or its entry.",
        discussion: """
            Several paths give one line each, in order.
            Exit code 3: a path has no value. The other paths are printed in any case.

            Examples:
              nestkv get /ep1/main/sup1
              nestkv get /ep1 --depth 1 --format pretty
              nestkv get /ep1/main/sup1 --entry --at 2026-01-02T03:04:05Z
            """)

    @Argument(help: "Paths as in a URL: /ep1/main/sup1") var path: [String]
    @Flag(help: "Print the value together with its metadata.") var entry = false
    @Flag(help: "Only read the leaf stored at exactly this path.") var leaf = false
    @Option(help: ArgumentHelp("Return N levels; deeper values are replaced by true.", valueName: "n")) var depth: Int?
    @Option(help: ArgumentHelp("Print this version of the leaf.", valueName: "n")) var version: Int?
    @Option(help: ArgumentHelp("Print the value at this time or revision.", valueName: "when")) var at: String?
    @Option(help: "Only return leaves with this tag; may be repeated.") var tag: [String] = []
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if output.format == .table {
            throw ValidationError("A value cannot be shown as a table; --format must be json or pretty.")
        }
    }

    func run() throws {
        let client = try server.client()
        let format = output.chosen(terminal: .pretty)
        try path.forEachTried { path throws(CommandFailure) in
            try format.write(client.ask("GET", target(path)).json())
        }
    }

    private func target(_ path: String) -> String {
        var target = Target(path)
        target.add("entry", if: entry)
        target.add("leaf", if: leaf)
        target.add("depth", ifGiven: depth.map(String.init))
        target.add("version", ifGiven: version.map(String.init))
        target.add("at", ifGiven: at)
        for tag in tag { target.add("tag", tag) }
        return target.text
    }
}

extension [String] {
    /// Calls `body` with each path, also after it failed with another one. Every failure is written to standard error.
    ///
    /// - Throws: the exit code of the first failure.
    func forEachTried(_ body: (String) throws(CommandFailure) -> Void) throws {
        var code: Int32 = 0
        for path in self {
            do throws(CommandFailure) {
                try body(path)
            } catch {
                StandardStream.error.write("nestkv: \(count > 1 ? "\(path): " : "")\(error.message)\n")
                if code == 0 { code = error.exitCode }
            }
        }
        if code != 0 { throw ExitCode(code) }
    }
}
