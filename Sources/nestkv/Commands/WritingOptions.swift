import ArgumentParser

/// Under which conditions a command writes, and what it says of the change.
struct WritingOptions: ParsableArguments {
    @Option(help: "Only if the value has this entity tag; '*': if anything is there.") var ifMatch: String?
    @Option(help: "Only if the leaf has this version; 0: if nothing is there.") var ifVersion: Int?
    @Option(help: ArgumentHelp("Who makes the change.", valueName: "name")) var modifiedBy: String?
    @Option(help: ArgumentHelp("Why.", valueName: "text")) var comment: String?
    @Flag(help: "Only the one leaf stored at exactly the path.") var leaf = false
    @Flag(name: .shortAndLong, help: "Print nothing.") var quiet = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    /// The header fields that say so.
    func fields(_ more: [(name: String, value: String?)] = []) throws(CommandFailure) -> [(name: String, value: String)]
    {
        let all =
            [
                ("If-Match", ifMatch.map { $0 == "*" || $0.contains("\"") ? $0 : "\"\($0)\"" }),
                ("Nestkv-If-Version", ifVersion.map(String.init)), ("Nestkv-Modified-By", modifiedBy),
                ("Nestkv-Comment", comment), ("Prefer", quiet ? "return=minimal" : nil),
            ] + more
        var fields: [(name: String, value: String)] = []
        for case (let name, let value?) in all {
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw .usage("\(name) is '\(value)'; control characters can't be sent in it.")
            }
            fields.append((name, value))
        }
        return fields
    }

    /// Prints what a write did: a line for people, the metadata elsewhere.
    func show(_ answer: Answer, _ path: String) throws(CommandFailure) {
        guard !quiet else { return }
        let format = output.chosen()
        guard format == .table else { return try format.write(answer.json()) }
        let facts = [
            answer.field("Nestkv-Version").map { "version \($0)" },
            answer.field("Nestkv-Revision").map { "revision \($0)" },
            answer.field("Nestkv-Durability").map(String.init),
        ]
        let done = answer.status == 201 ? "created" : "written"
        let line = "\(path) \(done): \(facts.compactMap { $0 }.joined(separator: ", "))\n"
        try StandardStream.output.writeAll(Array(line.utf8))
    }
}

/// What a command writes: an argument, a file or standard input.
struct ValueSource: ParsableArguments {
    @Argument(help: "JSON; without it or with '-' it is read from standard input.") var value: String?
    @Option(name: .shortAndLong, help: ArgumentHelp("Read it from a file.", valueName: "path")) var file: String?

    func validate() throws {
        if value != nil, file != nil { throw ValidationError("A value is given and a --file, too; one is enough.") }
    }

    /// Its bytes; the server checks them.
    func bytes() throws(CommandFailure) -> [UInt8] {
        if let file { return try Descriptor(opening: file, 0).readAll() }
        if let value, value != "-" { return Array(value.utf8) }
        return try Descriptor(0, name: "standard input").readAll()
    }
}
