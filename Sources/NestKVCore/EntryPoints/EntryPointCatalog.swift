import MicroJSON
import MicroText
import NestKVStorage

/// The settings of all entry points, in memory because every write reads them. They are stored as internal leaves, so
/// they have versions like all leaves.
public struct EntryPointCatalog: Catalog {
    /// The path below which the settings are stored, one leaf for each entry point.
    public static let root = ReservedKeys.entryPoints

    private let table = CatalogTable { EntryPointSettings($0.value) }

    /// A catalog without entries.
    public init() {}

    /// The settings of a key's entry point; nil if it has no settings.
    public func settings(for key: Key) -> EntryPointSettings? {
        table.value(key.segments.first.map { Array($0) })
    }

    /// The leaf with the settings of an entry point.
    public static func key(of name: [UInt8]) -> Key { root.appending(name) }

    public var root: Key { Self.root }
    public func take(_ record: Record) { table.take(record) }
    public func reset(_ records: [Record], at revision: Revision) { table.reset(records, at: revision) }
}

extension EntryPointSettings {
    /// Reads the settings from a stored leaf. Invalid members are ignored.
    public init(_ text: JSONText) {
        self.init()
        guard case .object(let members) = JSONValue(text) else { return }
        historyDepth = members["history"]?.text.integer()
        lifetime = members["ttl"].flatMap { Grammar.duration().read($0) }
        valueBytes = members["maxValueSize"]?.text.integer()
        replicas = members["replicas"]?.text.integer()
        requiresPrecondition = members["casRequired"]?.text == .true
        description = members["description"]?.stringContent.map { String(decoding: $0, as: UTF8.self) }
    }
}
