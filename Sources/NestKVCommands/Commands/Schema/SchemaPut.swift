import ArgumentParser
import MicroJSON

/// `nestkv schema put`.
struct SchemaPut: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Register a JSON Schema as the newest version of a name.",
        discussion: """
            A schema that equals the newest version changes nothing. Each reason for a refusal is a \
            line: FILE: /POINTER: DETAIL.
            Exit code 1: the schema can't be used. Exit code 4: a condition failed, or the schema is \
            not compatible with the newest version.

            Examples:
              nestkv schema put user user.json
              nestkv schema put user user.json --comment 'with an address' --if-version 1
            """)

    @Argument(help: "The schema's name.") var name: String
    @Argument(help: "File with the schema; '-': standard input.") var schema: String
    @Flag(help: "Register a schema that is not compatible with the newest version.") var allowIncompatible = false
    @OptionGroup var writing: WritingOptions

    func run() throws {
        var target = try Target.schema(named: name)
        target.add("force", if: allowIncompatible)
        let client = try writing.server.client()
        let (fields, body) = (try writing.fields(), try Descriptor.contents(of: schema))
        let answer = try client.registering(schema) {
            try client.fetch("PUT", target.text, fields: fields, body: body)
        }
        try writing.show(answer) { registered in
            let version = "\(name)@\(registered.number(at: "version").map(String.init) ?? "")"
            // A write has a revision.
            let done = answer.field("Nestkv-Revision") == nil ? "is unchanged" : "is registered"
            return "\(version) \(done): \(registered.text(at: "hash") ?? "")"
        }
    }
}
