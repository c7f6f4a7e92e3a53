import ArgumentParser
import MicroText
import NestKVCore
import NestKVStorage

/// `nestkv schema`.
struct SchemaCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Work with JSON Schemas.",
        subcommands: [
            SchemaPut.self, SchemaGet.self, SchemaList.self, SchemaDelete.self, SchemaBind.self, SchemaUnbind.self,
            SchemaCheck.self, SchemaMigrate.self, SchemaValidate.self,
        ])
}

extension Target {
    /// The target of a schema.
    ///
    /// - Parameter text: a name, a version of a name, or a hash.
    static func schema(_ text: String) throws(CommandFailure) -> Target {
        switch SchemaReference(text) {
        case .version(let name, let version)?:
            var target = Target(schemaLeaf: name)
            target.add("version", String(version))
            return target
        case let reference?: return Target(schemaLeaf: reference.description)
        case nil: throw .usage("'\(text)' names no schema; it must be \(SchemaReference.forms).")
        }
    }

    /// The target of a schema with a name, which is not a version of it.
    static func schema(named name: String) throws(CommandFailure) -> Target {
        try check(name, of: "a schema")
        return Target(schemaLeaf: name)
    }

    /// The target of a binding.
    static func binding(_ name: String) throws(CommandFailure) -> Target {
        try check(name, of: "a binding")
        return Target(schemaLeaf: "_bindings/\(name)")
    }

    private static func check(_ name: String, of what: String) throws(CommandFailure) {
        do throws(KeyError) {
            try SchemaReference.checkName(name, of: what)
        } catch {
            throw .usage(error.message)
        }
    }

    private init(schemaLeaf name: String) { self.init("/__schema/\(name)") }
}
