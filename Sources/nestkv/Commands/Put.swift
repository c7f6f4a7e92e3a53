import ArgumentParser

/// `nestkv put`.
struct Put: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stores a JSON value at a path.",
        discussion: "It replaces everything at and below the path. Exit code 4: a condition failed.")

    @Argument(help: "A path as in a URL: /ep1/main/sup1.") var path: String
    @OptionGroup var source: ValueSource
    @Flag(help: "Only if nothing is there.") var create = false
    @Flag(help: "Store an object as one leaf for each member, all the way down.") var flatten = false
    @Option(help: ArgumentHelp("How long it stays.", valueName: "duration")) var ttl: String?
    @Option(help: ArgumentHelp("Tags, separated by commas.", valueName: "a,b")) var tags: String?
    @OptionGroup var writing: WritingOptions

    func run() throws {
        var target = Target(path)
        target.add("leaf", if: writing.leaf)
        target.add("flatten", if: flatten)
        target.add("ttl", ifGiven: ttl)
        let fields = try writing.fields([("Nestkv-Tags", tags), ("If-None-Match", create ? "*" : nil)])
        let answer = try writing.server.client().ask("PUT", target.text, fields: fields, body: source.bytes())
        try writing.show(answer, path)
    }
}
