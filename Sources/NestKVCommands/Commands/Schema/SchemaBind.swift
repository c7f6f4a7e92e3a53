import ArgumentParser
import MicroJSON
import NestKVCore

extension SchemaBinding.Mode: ExpressibleByArgument {}

/// `nestkv schema bind`.
struct SchemaBind: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bind",
        abstract: "Bind the values at paths to a schema, or replace such a binding.",
        discussion: """
            From then on a write that would make a value invalid is refused (enforce), or carried \
            out and counted (warn). Values that are stored already are checked when they are read.
            Exit code 4: a condition failed.

            Examples:
              nestkv schema bind users '/users/+' user
              nestkv schema bind drafts '/drafts/+' user@2 --mode warn --description 'until May'
            """)

    @Argument(help: "The binding's name.") var name: String
    @Argument(help: "A path in which '+' matches any one segment: /users/+/settings") var match: String
    @Argument(help: "NAME follows the newest version; NAME@VERSION and sha256:HASH are fixed.") var schema: String
    @Option(help: "What happens to a write that breaks the schema.") var mode: SchemaBinding.Mode = .enforce
    @Flag(help: "Store leaves that are migrated when they are read.") var writeBack = false
    @Option(help: ArgumentHelp("What the binding is for.", valueName: "text")) var description: String?
    @OptionGroup var writing: WritingOptions

    func run() throws {
        let target = try Target.binding(name).text
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("match", Target.path(match))
            writer.member("schema", schema)
            writer.member("mode", mode.rawValue)
            if writeBack { writer.member("writeBack", true) }
            if let description { writer.member("description", description) }
        }
        let client = try writing.server.client()
        let answer = try client.ask("PUT", target, fields: writing.fields(), body: writer.bytes)
        try writing.show(answer) { binding in
            let hash = binding.text(at: "hash").map { ", now \($0)" } ?? ""
            return "\(name): \(binding.text(at: "match") ?? "") follows \(schema)\(hash), \(mode.rawValue)"
        }
    }
}
