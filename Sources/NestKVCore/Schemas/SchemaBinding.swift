import MicroJSON
import NestKVStorage

/// Which schema the values at some paths follow.
public struct SchemaBinding: Sendable {
    /// What happens to a write that would make a value invalid.
    public enum Mode: String, Sendable, CaseIterable {
        /// It is refused.
        case enforce
        /// It is carried out and counted.
        case warn
        /// Nothing is checked.
        case off
    }

    /// Its name.
    public let id: String
    /// The paths, in which `+` is any one segment.
    public let match: Pattern
    /// The paths as they were written.
    public let path: String
    /// The schema.
    public let schema: SchemaReference
    /// What happens to a write that would make a value invalid.
    public let mode: Mode
    /// Whether leaves that are migrated when they are read are stored so afterwards.
    public let writesBack: Bool
    /// What it is for.
    public let description: String?

    /// A binding from its parts.
    ///
    /// - Throws: ``KeyError`` if the path is malformed.
    public init(
        id: String, path: String, schema: SchemaReference, mode: Mode, writesBack: Bool = false, description: String?,
        _ keys: any KeyService
    ) throws(KeyError) {
        guard path.hasPrefix("/"), !path.contains("?"), !path.contains("#"), !path.hasSuffix("/%23") else {
            throw KeyError(
                .invalid, "'match' is '\(path)'; it must be a percent-encoded path like '/users/+/settings'.")
        }
        match = try Pattern(path: Array(path.utf8)[...], keys: keys)
        guard let first = match.segments.first, !first.isInternal else {
            throw KeyError(.invalid, "'match' is '\(path)'; it must be the path of a value, like '/users/+'.")
        }
        (self.id, self.path, self.schema) = (id, path, schema)
        (self.mode, self.writesBack, self.description) = (mode, writesBack, description)
    }

    private init(_ other: SchemaBinding, mode: Mode) {
        (id, match, path, schema) = (other.id, other.match, other.path, other.schema)
        (self.mode, writesBack, description) = (mode, other.writesBack, other.description)
    }

    /// The binding as it would be in force.
    var enforced: SchemaBinding { SchemaBinding(self, mode: .enforce) }

    /// Reads a stored binding; nil if it is not one.
    init?(_ record: Record, _ keys: any KeyService) {
        let value = record.value
        guard let path = value.text(at: "match"),
            let schema = value.text(at: "schema").flatMap({ SchemaReference($0) }),
            let mode = Mode(rawValue: value.text(at: "mode") ?? Mode.enforce.rawValue)
        else { return nil }
        try? self.init(
            id: String(decoding: record.key.name, as: UTF8.self), path: path, schema: schema, mode: mode,
            writesBack: value.slice(at: [Array("writeBack".utf8)])?.description == "true",
            description: value.text(at: "description"), keys)
    }
}

extension Pattern.Segment {
    /// Whether it names something of the service itself.
    fileprivate var isInternal: Bool {
        if case .name(let name) = self { ReservedKeys.contain(name) } else { false }
    }
}
