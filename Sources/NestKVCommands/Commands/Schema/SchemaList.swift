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
        let listed = try client.once { try bindings ? client.bindings() : client.schemas() }
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
    /// The names of schemas with their newest versions, in order.
    ///
    /// - Throws: as ``fetch(_:_:fields:body:)``.
    func schemas() throws -> [JSONText] { try schemaPages("/__schema", of: "schemas") }

    /// The bindings, in the order of their names.
    ///
    /// - Throws: as ``fetch(_:_:fields:body:)``.
    func bindings() throws -> [JSONText] { try schemaPages("/__schema/_bindings", of: "bindings") }

    /// The elements of a list of the registry, all pages of it.
    private func schemaPages(_ path: String, of member: String) throws -> [JSONText] {
        var listed: [JSONText] = []
        var after: String?
        repeat {
            var target = Target(path)
            target.add("after", ifGiven: after)
            let page = try fetch("GET", target.text).json()
            guard let elements = page.slice(at: [Array(member.utf8)]), elements.kind == .array else {
                throw CommandFailure.failure("\(server) is not a nestkv server: its answer lists no \(member).")
            }
            listed += elements.elements.map { JSONText(trusted: Array($0)) }
            after = page.text(at: "next")
        } while after != nil
        return listed
    }
}
