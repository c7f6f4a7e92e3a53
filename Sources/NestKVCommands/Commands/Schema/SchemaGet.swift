import ArgumentParser
import MicroJSON

/// `nestkv schema get`.
struct SchemaGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Print a registered JSON Schema.",
        discussion: """
            Several schemas give one line each, in order. A schema that refers to others contains them.
            Exit code 3: a schema is not registered. The others are printed in any case.

            Examples:
              nestkv schema get user
              nestkv schema get user@2 --format pretty
            """)

    @Argument(help: "Schemas: NAME, NAME@VERSION, or sha256:HASH.") var schema: [String]
    @Flag(help: "Print the value together with its metadata.") var entry = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if output.format == .table {
            throw ValidationError("A schema cannot be shown as a table; --format must be json or pretty.")
        }
    }

    func run() throws {
        let client = try server.client()
        let format = output.chosen(terminal: .pretty)
        try schema.forEachTried { schema throws(CommandFailure) in
            var target = try Target.schema(schema)
            target.add("entry", if: entry)
            try format.write(client.ask("GET", target.text).json())
        }
    }
}
