import ArgumentParser

/// `nestkv schema unbind`.
struct SchemaUnbind: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unbind",
        abstract: "Delete bindings, so that no schema is demanded of their paths.",
        discussion: """
            Exit code 3: there is no such binding. Exit code 4: a condition failed.

            Examples:
              nestkv schema unbind users
            """)

    @Argument(help: "Names of bindings.") var name: [String]
    @OptionGroup var writing: WritingOptions

    func run() throws {
        try writing.delete(name, "unbound") { name throws(CommandFailure) in try Target.binding(name) }
    }
}
