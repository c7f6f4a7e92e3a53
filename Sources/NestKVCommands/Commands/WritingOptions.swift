import ArgumentParser
import MicroJSON

/// The options of all commands that write: conditions, and what is stored with the change.
struct WritingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Fail unless the value has this entity tag; '*': any value.", valueName: "tag"))
    var ifMatch: String?
    @Option(help: ArgumentHelp("Fail unless the leaf has this version; 0: no value.", valueName: "n"))
    var ifVersion: Int?
    @Option(help: ArgumentHelp("Author stored with the change.", valueName: "name")) var modifiedBy: String?
    @Option(help: ArgumentHelp("Comment stored with the change.", valueName: "text")) var comment: String?
    @Flag(name: .shortAndLong, help: "Print nothing.") var quiet = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    /// The header fields for these options.
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
                throw .usage("\(name) is '\(value)'; it must not contain control characters.")
            }
            fields.append((name, value))
        }
        return fields
    }

    /// Prints the result of a write: one line on a terminal, otherwise the metadata.
    func show(_ answer: Answer, _ path: String) throws(CommandFailure) {
        try show(answer) { _ in
            let facts = [
                answer.field("Nestkv-Version").map { "version \($0)" },
                answer.field("Nestkv-Revision").map { "revision \($0)" },
                answer.field("Nestkv-Durability").map(String.init),
            ]
            let done = answer.status == 201 ? "created" : "written"
            return "\(path) \(done): \(facts.compactMap { $0 }.joined(separator: ", "))"
        }
    }

    /// Prints an answer: one line on a terminal, otherwise as it is.
    func show(_ answer: Answer, _ line: (JSONText) -> String) throws(CommandFailure) {
        guard !quiet else { return }
        let format = output.chosen()
        guard format == .table else { return try format.write(answer.json()) }
        try StandardStream.output.writeAll(Array((line(answer.json()) + "\n").utf8))
    }

    /// Deletes one after the other, and prints a line for each on a terminal.
    func delete(
        _ names: [String], _ done: String = "deleted", _ target: (String) throws(CommandFailure) -> Target
    ) throws {
        let client = try server.client()
        let fields = try fields()
        try names.forEachTried { name throws(CommandFailure) in
            let answer = try client.ask("DELETE", target(name).text, fields: fields)
            guard !quiet, output.chosen() == .table else { return }
            let revision = answer.field("Nestkv-Revision").map { ": revision \($0)" } ?? ""
            try StandardStream.output.writeAll(Array("\(name) \(done)\(revision)\n".utf8))
        }
    }
}

/// The value that a command writes: an argument, a file or standard input.
struct ValueSource: ParsableArguments {
    @Argument(help: "JSON; if missing or '-', it is read from standard input.") var value: String?
    @Option(name: .shortAndLong, help: ArgumentHelp("Read the value from a file.", valueName: "path")) var file: String?

    func validate() throws {
        if value != nil, file != nil { throw ValidationError("Give either a value or --file, not both.") }
    }

    /// The value's bytes, unchecked: the server checks them.
    func bytes() throws(CommandFailure) -> [UInt8] {
        if file == nil, let value, value != "-" { return Array(value.utf8) }
        return try Descriptor.contents(of: file ?? "-")
    }
}
