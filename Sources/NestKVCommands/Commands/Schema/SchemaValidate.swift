import ArgumentParser
import JSONSchema
import MicroJSON

/// `nestkv schema validate`.
struct SchemaValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Validate JSON documents by a JSON Schema, without a server.",
        discussion: """
            Prints a line for each broken rule: FILE: /POINTER: DETAIL. At most 100 a document.
            A reference leads to a part of the schema, to a meta-schema, or to a schema that \
            --reference names. Nothing is fetched.
            Exit code 1: a document is invalid. Exit code 2: the schema can't be used, a document \
            is not JSON, or its validation costs more than the limits allow.

            Examples:
              nestkv schema validate user.json alice.json bob.json
              nestkv schema validate user.json - --json <alice.json
              nestkv schema validate user.json alice.json --reference address.json
            """)

    @Argument(help: "File with the schema; '-': standard input.") var schema: String
    @Argument(help: "Files with a JSON value each; '-': standard input.") var document: [String]
    @Option(help: ArgumentHelp("File with a schema that references name by its '$id'.", valueName: "file"))
    var reference: [String] = []
    @Flag(help: "Let the keyword 'format' refuse nothing.") var annotateFormats = false
    @Flag(help: "Print JSON instead of lines for people.") var json = false

    /// The most errors to print for a document.
    private static let mostErrors = 100
    /// The exit code if there is no verdict.
    private static let noVerdict: Int32 = 2

    func validate() throws {
        if ([schema] + document + reference).count(where: { $0 == "-" }) > 1 {
            throw ValidationError("Standard input can be read once; '-' is given more than once.")
        }
    }

    func run() throws {
        let compiled = try compiledSchema()
        var code: Int32 = 0
        for name in document {
            do throws(CommandFailure) {
                let errors = try errors(in: Self.text(of: name), of: name, compiled)
                try StandardStream.output.writeAll(json ? Self.line(name, errors) : Self.lines(name, errors))
                if code == 0, !errors.isEmpty { code = 1 }
            } catch {
                StandardStream.error.write("nestkv: \(error.message)\n")
                code = Self.noVerdict
            }
        }
        if code != 0 { throw ExitCode(code) }
    }

    private func compiledSchema() throws(CommandFailure) -> CompiledSchema {
        var registered: [String: JSONText] = [:]
        for name in reference {
            let text = try Self.text(of: name)
            guard let identifier = Self.identifier(of: text) else {
                throw Self.failure(name, "A schema that others refer to needs an '$id' with its URI.")
            }
            registered[identifier] = text
        }
        let text = try Self.text(of: schema)
        var options = SchemaOptions()
        if annotateFormats { options.formats = .annotated }
        do throws(SchemaProblem) {
            return try CompiledSchema(checking: text, options: options) { [registered] in registered[$0] }
        } catch {
            guard error.violations.isEmpty else {
                let lines = error.violations.map { Self.line(schema, $0) }
                throw CommandFailure(
                    message: "The schema breaks the rules of its meta-schema.\n" + lines.joined(separator: "\n"),
                    exitCode: Self.noVerdict)
            }
            throw CommandFailure(
                message: SchemaErrorLine.text(schema, at: error.location, error.detail), exitCode: Self.noVerdict)
        }
    }

    private func errors(
        in text: JSONText, of name: String, _ compiled: CompiledSchema
    ) throws(CommandFailure) -> [SchemaViolation] {
        do throws(BudgetExceeded) {
            return try compiled.errors(in: text, limit: Self.mostErrors)
        } catch {
            throw Self.failure(name, error.detail)
        }
    }

    /// The URI by which other schemas refer to a schema, without its fragment.
    private static func identifier(of schema: JSONText) -> String? {
        let member = schema.slice(at: [Array("$id".utf8)]) ?? schema.slice(at: [Array("id".utf8)])
        guard let content = member?.stringContent else { return nil }
        return String(decoding: content.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self)
    }

    private static func text(of name: String) throws(CommandFailure) -> JSONText {
        let bytes: [UInt8]
        do throws(CommandFailure) {
            bytes = try Descriptor.contents(of: name)
        } catch {
            throw CommandFailure(message: error.message, exitCode: noVerdict)
        }
        do throws(JSONSyntaxError) {
            return try JSONText(parsing: bytes)
        } catch {
            throw failure(name, "It is not JSON: \(error).")
        }
    }

    private static func failure(_ name: String, _ detail: String) -> CommandFailure {
        CommandFailure(message: "\(name): \(detail)", exitCode: noVerdict)
    }

    /// The errors of a document as lines for people.
    private static func lines(_ name: String, _ errors: [SchemaViolation]) -> [UInt8] {
        Array(errors.map { line(name, $0) + "\n" }.joined().utf8)
    }

    private static func line(_ name: String, _ error: SchemaViolation) -> String {
        SchemaErrorLine.text(name, at: error.instanceLocation, error.detail)
    }

    /// The verdict on a document as a line of JSON.
    private static func line(_ name: String, _ errors: [SchemaViolation]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("document")
        writer.string(name)
        writer.name("valid")
        writer.bool(errors.isEmpty)
        writer.name("errors")
        writer.beginArray()
        for error in errors {
            writer.beginObject()
            writer.name("pointer")
            writer.string(error.pointer)
            writer.name("instanceLocation")
            writer.string(error.instanceLocation)
            writer.name("keywordLocation")
            writer.string(error.keywordLocation)
            writer.name("keyword")
            writer.string(error.keyword)
            writer.name("detail")
            writer.string(error.detail)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}
