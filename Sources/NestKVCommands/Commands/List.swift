import ArgumentParser
import MicroJSON

/// `nestkv ls`.
struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the children of a path, or all leaves below it.",
        discussion: """
            Without a path, the entry points are listed.
            A child that is a non-empty object or array is shown as true.
            Exit code 3: there is no value at or below the path (never with --keys).

            Examples:
              nestkv ls /ep1
              nestkv ls /ep1 --keys --pattern 'user:*'
              nestkv ls --long --format table
            """)

    @Argument(help: "A path as in a URL: /ep1/main") var path: String = "/"
    @Flag(help: "Print the path of every leaf at and below the path, one a line.") var keys = false
    @Flag(name: .shortAndLong, help: "Print every leaf with version, time and author; as JSON, its entry.")
    var long = false
    @Option(help: "With --keys or --long: only list keys that match, as 'user:*'.") var pattern: String?
    @Option(help: "Only return leaves with this tag; may be repeated.") var tag: [String] = []
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if pattern != nil, !keys, !long { throw ValidationError("--pattern needs --keys or --long.") }
    }

    func run() throws {
        let client = try server.client()
        if keys || long { return try listLeaves(client) }
        let isRoot = Target.path(path) == "/"
        if isRoot, !tag.isEmpty { throw CommandFailure.usage("Entry points have no tags; --tag needs a path.") }
        try isRoot ? listEntryPoints(client) : listChildren(client)
    }

    private func listEntryPoints(_ client: HTTPClient) throws {
        let names = try client.once { try client.entryPoints() }
        let format = output.chosen()
        guard format != .table else {
            var table = Table("NAME")
            for name in names { table.add("/\(name)/") }
            return try print(table)
        }
        var writer = JSONWriter()
        writer.beginArray()
        for name in names { writer.string(name) }
        writer.endArray()
        try format.write(writer.text)
    }

    private func listChildren(_ client: HTTPClient) throws {
        var target = Target(path)
        target.add("shallow")
        for tag in tag { target.add("tag", tag) }
        let children = try client.ask("GET", target.text).json()
        let format = output.chosen()
        guard format == .table else { return try format.write(children) }
        var table = Table("NAME", "VALUE")
        switch children.kind {
        case .object:
            for child in children.members { table.add(child.name.shown, child.value.description) }
        case .array:
            for (index, element) in children.elements.enumerated() {
                table.add(String(index), String(decoding: element, as: UTF8.self))
            }
        default: table.add(path, children.description)
        }
        try print(table)
    }

    private func listLeaves(_ client: HTTPClient) throws {
        let format = output.chosen()
        let isRoot = Target.path(path) == "/"
        let paths = try isRoot ? client.once { try client.entryPoints().map(Target.entryPoint) } : [path]
        for path in paths {
            var pages = ListPages(path, isEntries: long, pattern: pattern, tags: tag)
            while let page = try client.once({ try pages.next(client) }) {
                if long, format == .table { try print(Self.table(page)) } else { try write(page, format) }
            }
        }
    }

    /// One leaf a line: its path in a list of keys, otherwise its entry.
    private func write(_ page: JSONText, _ format: OutputFormat) throws(CommandFailure) {
        var lines: [UInt8] = []
        for element in page.elements {
            let json = JSONText(trusted: Array(element))
            lines += json.stringContent ?? (format == .pretty ? json.pretty().dropLast() : json.utf8)
            lines.append(UInt8(ascii: "\n"))
        }
        try StandardStream.output.writeAll(lines)
    }

    private static func table(_ page: JSONText) -> Table {
        var table = Table("PATH", "VERSION", "UPDATED", "BY", "TAGS", "VALUE")
        for element in page.elements {
            let entry = JSONText(trusted: Array(element))
            let tags = entry.slice(at: [Array("metadata".utf8), Array("tags".utf8)])
            table.add(
                entry.text(at: "path") ?? "", entry.number(at: "metadata", "version").map(String.init) ?? "",
                entry.text(at: "metadata", "updatedAt") ?? "", entry.text(at: "metadata", "modifiedBy") ?? "",
                tags?.elements.compactMap { JSONText(trusted: Array($0)).stringContent?.shown }.joined(separator: ",")
                    ?? "",
                entry.slice(at: [Array("value".utf8)])?.description ?? "")
        }
        return table
    }

    private func print(_ table: Table) throws(CommandFailure) {
        try StandardStream.output.writeAll(Array(table.text(columns: StandardStream.output.columns).utf8))
    }
}

extension [UInt8] {
    fileprivate var shown: String { String(decoding: self, as: UTF8.self) }
}
