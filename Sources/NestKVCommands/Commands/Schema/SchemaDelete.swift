import ArgumentParser

/// `nestkv schema rm`.
struct SchemaDelete: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Delete the name of a schema, or the schema with a hash.",
        discussion: """
            What is in use is not deleted: a name by a binding, a hash also by a name or a value. \
            The versions of a deleted name stay readable by their hashes.
            Exit code 3: it is not registered. Exit code 4: it is in use, or a condition failed.

            Examples:
              nestkv schema rm user
              nestkv schema rm sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
            """)

    @Argument(help: "Names, or sha256:HASH.") var schema: [String]
    @OptionGroup var writing: WritingOptions

    func run() throws {
        try writing.delete(schema, "deleted") { schema throws(CommandFailure) in
            schema.hasPrefix("sha256:") ? try Target.schema(schema) : try Target.schema(named: schema)
        }
    }
}
