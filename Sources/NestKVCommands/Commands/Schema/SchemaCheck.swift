import ArgumentParser
import MicroJSON

/// `nestkv schema check`.
struct SchemaCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check whether a JSON Schema can be the next version of a name.",
        discussion: """
            The server compares the rules of both versions, and the schema with the stored values. \
            Nothing is stored. Each reason is a line.
            Exit code 1: the schema is not compatible, or it can't be used.

            Examples:
              nestkv schema check user user.json
              nestkv schema check user user.json --json --timeout 10m
            """)

    @Argument(help: "The schema's name.") var name: String
    @Argument(help: "File with the schema; '-': standard input.") var schema: String
    @Flag(help: "Print JSON instead of lines for people.") var json = false
    @OptionGroup var server: ServerOptions

    func run() throws {
        var target = try Target.schema(named: name)
        target.add("op", "check")
        let client = try server.client()
        let body = try Descriptor.contents(of: schema)
        let reply = try client.registering(schema) { try client.fetch("POST", target.text, body: body).json() }
        let verdict = CompatibilityVerdict(reply)
        let text = json ? reply.utf8 : Array(verdict.lines(for: name).joined(separator: "\n").utf8)
        try StandardStream.output.writeAll(text + [UInt8(ascii: "\n")])
        if !verdict.isCompatible { throw ExitCode(1) }
    }
}

extension HTTPClient {
    /// Calls `body`, which sends a schema, once. Each reason for a refusal is a line of the failure.
    ///
    /// - Parameter file: the file with the schema.
    func registering<Result>(_ file: String, _ body: () throws -> Result) throws(CommandFailure) -> Result {
        do {
            return try body()
        } catch let problem as ServerProblem {
            throw problem.failure(about: file == "-" ? "standard input" : file)
        } catch {
            throw failure(error)
        }
    }
}
