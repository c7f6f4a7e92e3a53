import ArgumentParser

/// `nestkv put`.
struct Put: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Store a JSON value at a path.",
        discussion: """
            The value replaces everything at and below the path.
            Exit code 4: a condition failed.

            Examples:
              nestkv put /app/limits '{"users":10}' --comment 'first limits'
              nestkv put /app/lock '"me"' --create --ttl 30s
              nestkv put /app/config --file config.json
            """)

    @Argument(help: "A path as in a URL: /ep1/main/sup1") var path: String
    @OptionGroup var source: ValueSource
    @Flag(help: "Fail if a value already exists.") var create = false
    @Flag(help: "Store every member of an object, at every level, as a leaf of its own.") var flatten = false
    @Option(help: ArgumentHelp("Delete the value after this time.", valueName: "duration")) var ttl: String?
    @Option(help: ArgumentHelp("Tags of the value, separated by commas.", valueName: "a,b")) var tags: String?
    @Flag(help: "Only change the leaf stored at exactly this path.") var leaf = false
    @OptionGroup var writing: WritingOptions

    func run() throws {
        var target = Target(path)
        target.add("leaf", if: leaf)
        target.add("flatten", if: flatten)
        target.add("ttl", ifGiven: ttl)
        let fields = try writing.fields([("Nestkv-Tags", tags), ("If-None-Match", create ? "*" : nil)])
        let answer = try writing.server.client().ask("PUT", target.text, fields: fields, body: source.bytes())
        try writing.show(answer, path)
    }
}
