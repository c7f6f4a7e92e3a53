import ArgumentParser
import MicroJSON

/// `nestkv schema ls`.
struct SchemaList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the names of schemas with their newest versions, or the bindings.",
        discussion: """
            Examples:
              nestkv schema ls
              nestkv schema ls --bindings --format table
            """)

    @Flag(help: "List which paths follow which schema.") var bindings = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() throws {
        let client = try server.client()
        let listed = try client.once {
            try bindings
                ? client.registered("bindings", at: "/__schema/_bindings")
                : client.registered("schemas", at: "/__schema")
        }
        let format = output.chosen()
        guard format == .table else {
            var writer = JSONWriter()
            writer.beginArray()
            for element in listed { writer.raw(element) }
            writer.endArray()
            return try format.write(writer.text)
        }
        var table =
            bindings ? Table("NAME", "MATCH", "SCHEMA", "MODE", "DESCRIPTION") : Table("NAME", "VERSION", "HASH")
        for element in listed {
            func text(_ name: String) -> String { element.text(at: name) ?? "" }
            if bindings {
                table.add(text("name"), text("match"), text("schema"), text("mode"), text("description"))
            } else {
                table.add(text("name"), element.number(at: "version").map(String.init) ?? "", text("hash"))
            }
        }
        try StandardStream.output.writeAll(Array(table.text(columns: StandardStream.output.columns).utf8))
    }
}

extension HTTPClient {
    /// The elements of a list of what is registered, all pages of it.
    ///
    /// - Throws: as ``fetch(_:_:fields:body:)``.
    func registered(_ list: String, at path: String) throws -> [JSONText] {
        var listed: [JSONText] = []
        var after: String?
        repeat {
            var target = Target(path)
            target.add("after", ifGiven: after)
            let page = try fetch("GET", target.text).json()
            guard let elements = page.slice(at: [Array(list.utf8)]), elements.kind == .array else {
                throw CommandFailure.failure("\(server) is not a nestkv server: its answer lists no \(list).")
            }
            listed += elements.elements.map { JSONText(trusted: Array($0)) }
            after = page.text(at: "next")
        } while after != nil
        return listed
    }
}
