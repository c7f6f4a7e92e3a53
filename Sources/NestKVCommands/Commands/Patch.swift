import ArgumentParser

/// `nestkv patch`.
struct Patch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Change the value at a path by a merge patch or a JSON patch.",
        discussion: """
            An array is a JSON patch (RFC 6902). Any other value is a merge patch (RFC 7396), \
            which can create the value.
            Exit code 3: there is no value. Exit code 4: a condition or a test failed.

            Examples:
              nestkv patch /app/limits '{"users":20}'
              nestkv patch /app/limits '[{"op":"remove","path":"/users"}]'
            """)

    @Argument(help: "A path as in a URL: /ep1/main/sup1") var path: String
    @OptionGroup var source: ValueSource
    @Option(help: ArgumentHelp("Delete the value after this time.", valueName: "duration")) var ttl: String?
    @Option(help: ArgumentHelp("Tags of the value, separated by commas.", valueName: "a,b")) var tags: String?
    @Flag(help: "Only change the leaf stored at exactly this path.") var leaf = false
    @OptionGroup var writing: WritingOptions

    func run() throws {
        let patch = try source.bytes()
        let isList = patch.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "[")
        var target = Target(path)
        target.add("leaf", if: leaf)
        target.add("ttl", ifGiven: ttl)
        let type = isList ? "application/json-patch+json" : "application/merge-patch+json"
        let fields = try writing.fields([("Content-Type", type), ("Nestkv-Tags", tags)])
        let answer = try writing.server.client().ask("PATCH", target.text, fields: fields, body: patch)
        try writing.show(answer, path)
    }
}
