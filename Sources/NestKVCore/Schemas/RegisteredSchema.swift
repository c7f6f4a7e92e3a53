import JSONSchema
import MicroJSON
import NestKVStorage
import Synchronization

/// A schema in the catalog. It is compiled when it is first needed.
public final class RegisteredSchema: Sendable {
    /// Its hash, as it is in the metadata of values: `sha256:…`.
    public let hash: String
    /// The schema with all schemas that it refers to.
    public let text: JSONText
    private let options: SchemaOptions
    private let compilation = Mutex<Result<CompiledSchema, SchemaProblem>?>(nil)

    init(hash: String, text: JSONText, options: SchemaOptions) {
        (self.hash, self.text, self.options) = (hash, text, options)
    }

    /// The compiled schema.
    func compiled() throws(StoreError) -> CompiledSchema {
        let result = compilation.withLock { kept in
            if let kept { return kept }
            let result: Result<CompiledSchema, SchemaProblem>
            do throws(SchemaProblem) {
                result = .success(try CompiledSchema(text, options: options.forBundles))
            } catch {
                result = .failure(error)
            }
            kept = result
            return result
        }
        do { return try result.get() } catch { throw StoreError(error) }
    }

    /// The `$id` of the schema; `id` in draft 4.
    var uri: String? {
        (text.text(at: "$id") ?? text.text(at: "id")).map { $0.hasSuffix("#") ? String($0.dropLast()) : $0 }
    }
}

/// A version of a name, and its hash.
struct NamedSchema: Sendable {
    let name: String
    let version: UInt64
    let hash: String
}

/// A schema that a value must follow, with the name that a binding or the catalog knows it by.
struct ExpectedSchema: Sendable {
    let schema: RegisteredSchema
    let name: NamedSchema?

    /// The schema as messages call it: `user@3`, otherwise its hash.
    var label: String { name.map { "\($0.name)@\($0.version)" } ?? schema.hash }

    /// What is wrong with the value of a path.
    func report(at path: Key, _ errors: [SchemaViolation] = []) -> SchemaReport {
        SchemaReport(path: path, hash: schema.hash, name: name?.name, version: name?.version, errors: errors)
    }
}
