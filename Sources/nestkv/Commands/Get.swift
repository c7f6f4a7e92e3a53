import ArgumentParser
import MicroJSON

/// `nestkv get`.
struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the value at a path, or its entry.",
        discussion: """
            Several paths give a line each, in order. Exit code 3: nothing is there; the other paths are read all the same.
            """)

    @Argument(help: "Paths as in a URL: /ep1/main/sup1.") var path: [String]
    @Flag(help: "The value together with its metadata.") var entry = false
    @Flag(help: "Only the one leaf stored at exactly the path.") var leaf = false
    @Option(help: "So many levels; what stands deeper is true.") var depth: Int?
    @Option(help: "The leaf as it was in this version.") var version: Int?
    @Option(help: ArgumentHelp("The value as it was then.", valueName: "time|revision")) var at: String?
    @Option(help: "Only leaves that carry this tag; may be repeated.") var tag: [String] = []
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if output.format == .table { throw ValidationError("A value is no table; --format is json or pretty.") }
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
    /// Does something with each path, also when it failed with one before.
    ///
    /// - Throws: the exit code of the first failure; each was told to standard error.
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
