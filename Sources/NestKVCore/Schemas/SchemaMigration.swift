import JSONMigration
import MicroJSON
import NestKVStorage

/// A registered migration: the steps that bring a value from one schema to another one, and back.
public struct SchemaMigration: Sendable {
    /// Where the steps back come from.
    public enum Back: String, Sendable {
        /// They were stated.
        case given
        /// They are those of the way there, turned back.
        case derived
        /// There is no way back.
        case none
    }

    /// The schemas, which are fixed: a version or a hash.
    public let from: SchemaReference, to: SchemaReference
    /// The steps as they were written.
    public let up: JSONText
    /// The stated steps back.
    public let down: JSONText?
    /// What it is for.
    public let description: String?
    /// Where the steps back come from.
    public let back: Back
    /// The steps from ``from`` to ``to``.
    let forward: Migration
    /// The steps from ``to`` to ``from``; nil if there is no way back.
    let backward: Migration?

    /// A migration from its parts.
    ///
    /// - Throws: ``StoreError`` `.invalidMigration` with the place of a step that can't be used.
    public init(
        from: SchemaReference, to: SchemaReference, up: JSONText, down: JSONText?, description: String?
    ) throws(StoreError) {
        (self.from, self.to, self.up, self.down, self.description) = (from, to, up, down, description)
        forward = try Self.steps(up, "up")
        if let down {
            (backward, back) = (try Self.steps(down, "down"), .given)
        } else {
            backward = try? forward.reversed()
            back = backward == nil ? .none : .derived
        }
    }

    /// Reads a stored migration; nil if it is not one.
    public init?(_ record: Record) {
        let value = record.value
        guard let from = value.text(at: "from").flatMap({ SchemaReference($0) }),
            let to = value.text(at: "to").flatMap({ SchemaReference($0) }),
            let up = value.slice(at: [Array("up".utf8)]), from.isFixed, to.isFixed
        else { return nil }
        let down = value.slice(at: [Array("down".utf8)])
        guard
            let stored = try? SchemaMigration(
                from: from, to: to, up: up, down: down, description: value.text(at: "description")),
            stored.name == String(decoding: record.key.name, as: UTF8.self)
        else { return nil }
        self = stored
    }

    private static func steps(_ text: JSONText, _ member: String) throws(StoreError) -> Migration {
        do throws(MigrationProblem) { return try Migration(text) } catch {
            throw StoreError(
                .invalidMigration, "The steps of '\(member)' can't be used: \(error.detail)",
                pointer: "/\(member)\(error.location)")
        }
    }

    /// Its name: `user@1..user@2`.
    public var name: String { "\(from)..\(to)" }

    /// The schemas in the name of a migration; nil if it is not one.
    public static func references(inName name: String) -> (from: SchemaReference, to: SchemaReference)? {
        var rest = name[...]
        while let dots = rest.firstRange(of: "..") {
            if let from = SchemaReference(String(name[..<dots.lowerBound])), from.isFixed,
                let to = SchemaReference(String(name[dots.upperBound...])), to.isFixed
            {
                return (from, to)
            }
            rest = rest[rest.index(after: dots.lowerBound)...]
        }
        return nil
    }

    /// What is stored.
    var text: JSONText {
        var writer = JSONWriter(reserving: up.utf8.count + 256)
        writer.object { writer in
            writer.member("from", from.description)
            writer.member("to", to.description)
            writer.member("up", up)
            if let down { writer.member("down", down) }
            if let description { writer.member("description", description) }
        }
        return writer.text
    }
}

extension SchemaReference {
    /// Whether it always leads to the same schema.
    public var isFixed: Bool { if case .newest = self { false } else { true } }

    /// How references that are ``isFixed`` are written, for messages.
    public static let fixedForms = "'name@version' or 'sha256:' and 64 hexadecimal digits"
}
