import MicroJSON
import NestKVStorage

/// What new versions of a name must have in common with earlier ones.
struct NamedLevel: Sendable {
    let name: String
    let level: CompatibilityLevel

    /// Reads a stored level; nil if it is not one.
    init?(_ record: Record) {
        let name = String(decoding: record.key.name, as: UTF8.self)
        guard SchemaReference.isName(name), let level = CompatibilityLevel(record.value) else { return nil }
        (self.name, self.level) = (name, level)
    }
}
