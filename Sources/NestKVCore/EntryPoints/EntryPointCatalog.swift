import MicroJSON
import MicroText
import NestKVStorage
import Synchronization

/// The settings of all entry points, in memory because every write reads them. They are stored as internal leaves below
/// ``root``, so they have versions like all leaves, and their changes arrive through the feed.
public final class EntryPointCatalog: Sendable {
    /// The path below which the settings are stored, one leaf for each entry point.
    public static let root = ReservedKeys.entryPoints

    /// The feed that contains changes of the settings, in stores whose entry points have feeds of their own.
    public static let feed = Feed(entryPoint: Array(root.entryPoint))

    private struct Entry {
        let revision: Revision
        /// Nil if they were deleted.
        let settings: EntryPointSettings?
    }

    private let entries = Mutex<[[UInt8]: Entry]>([:])

    /// A catalog without entries.
    public init() {}

    /// The settings of a key's entry point; nil if it has no settings.
    public func settings(for key: Key) -> EntryPointSettings? {
        entries.withLock { entries in
            entries.isEmpty ? nil : key.segments.first.flatMap { entries[Array($0)]?.settings }
        }
    }

    /// The leaf with the settings of an entry point.
    public static func key(of name: [UInt8]) -> Key { root.appending(name) }

    /// Takes the new record of a leaf below ``root``. Other leaves and outdated records are ignored.
    public func take(_ record: Record) {
        guard Self.root.isAncestor(of: record.key), let name = record.key.segments.last else { return }
        let new = Entry(
            revision: record.revision, settings: record.isDeleted ? nil : EntryPointSettings(record.value))
        entries.withLock { entries in
            if let known = entries[Array(name)], known.revision > new.revision { return }
            entries[Array(name)] = new
        }
    }
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
