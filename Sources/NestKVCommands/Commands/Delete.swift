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
    @Flag(help: "Only change the leaf stored at exactly this path.") var leaf = false
    @OptionGroup var writing: WritingOptions

    func run() throws {
        try writing.delete(path) { path in
            var target = Target(path)
            target.add("leaf", if: leaf)
            return target
        }
    }
}
