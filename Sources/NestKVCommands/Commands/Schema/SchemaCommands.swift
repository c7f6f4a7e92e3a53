import ArgumentParser

/// `nestkv schema`.
struct SchemaCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Work with JSON Schemas.", subcommands: [SchemaValidate.self])
}
