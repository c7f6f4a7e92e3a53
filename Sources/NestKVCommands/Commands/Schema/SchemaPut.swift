import ArgumentParser
import MicroJSON

/// `nestkv schema put`.
struct SchemaPut: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Register a JSON Schema as the newest version of a name.",
        discussion: """
            A schema that equals the newest version changes nothing. A refused schema is printed \
            with each rule that it breaks: FILE: /POINTER: DETAIL.
            Exit code 1: the schema can't be used. Exit code 4: a condition failed.

            Examples:
              nestkv schema put user user.json
              nestkv schema put user user.json --comment 'with an address' --if-version 1
            """)

    @Argument(help: "The schema's name.") var name: String
    @Argument(help: "File with the schema; '-': standard input.") var schema: String
    @OptionGroup var writing: WritingOptions

    func run() throws {
        let target = try Target.schema(named: name).text
        let client = try writing.server.client()
        let (fields, body) = (try writing.fields(), try Descriptor.contents(of: schema))
        let answer: Answer
        do {
            answer = try client.fetch("PUT", target, fields: fields, body: body)
        } catch let problem as ServerProblem {
            throw problem.failure(about: schema == "-" ? "standard input" : schema)
        } catch {
            throw client.failure(error)
        }
        try writing.show(answer) { registered in
            let version = "\(name)@\(registered.number(at: "version").map(String.init) ?? "")"
            // A write has a revision.
            let done = answer.field("Nestkv-Revision") == nil ? "is unchanged" : "is registered"
            return "\(version) \(done): \(registered.text(at: "hash") ?? "")"
        }
    }
}
