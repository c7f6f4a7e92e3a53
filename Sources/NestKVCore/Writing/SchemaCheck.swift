import MicroJSON
import NestKVStorage

/// The check of one commit against schemas.
struct SchemaCheck {
    let snapshot: SchemaSnapshot
    let works: [PreparedWrite]
    /// The paths of the writes and the bound paths that were looked at.
    private var visited: Set<Key> = []
    private var checked: Set<Key> = []
    /// The leaves whose schemas are decided.
    private(set) var marked: Set<Key> = []
    /// The positions of the changed leaves, once they are needed.
    private var places: Places?

    init(snapshot: SchemaSnapshot, works: [PreparedWrite]) {
        (self.snapshot, self.works) = (snapshot, works)
    }

    /// Whether a path at, above or below a key may be bound.
    func mayBind(_ key: Key) -> Bool { snapshot.attention & 1 << SchemaCatalog.bit(key.bytes) != 0 }

    /// Whether the bindings of a written path were not yet looked for.
    mutating func visits(_ path: Key) -> Bool { works.count == 1 || visited.insert(path).inserted }

    /// Whether a bound path was not yet checked. One write comes to each path once.
    mutating func checks(_ path: Key) -> Bool { works.count == 1 || checked.insert(path).inserted }

    /// The index of the last write that may have changed a path.
    func lastWrite(to path: Key) -> Int {
        works.lastIndex { $0.mayBreakSchemas && $0.target.isRelated(to: path) } ?? 0
    }

    /// Whether the commit changes a leaf at, above or below a path.
    mutating func changes(_ path: Key, _ staging: Staging) -> Bool {
        if staging.pending.count <= 4 { return staging.pending.contains { $0.key.isRelated(to: path) } }
        if places == nil { places = staging.places ?? Places(staging.pending.map(\.key)) }
        return !(places?.related(to: path).isEmpty ?? true)
    }

    /// Notes the schema that the value of a path was checked against; nil for none. A leaf keeps it if it alone is the
    /// value.
    mutating func mark(_ path: Key, isWhole: Bool, _ hash: String?, _ staging: inout Staging) {
        guard let place = staging.place(of: path) else { return }
        marked.insert(path)
        staging.pending[place].markSchema(isWhole ? hash : nil)
    }

    /// Notes the schema that the value of a path was checked against. A leaf keeps it if it holds this value.
    mutating func mark(_ path: Key, _ value: JSONText, _ hash: String?, _ staging: inout Staging) {
        guard let place = staging.place(of: path) else { return }
        mark(path, isWhole: staging.pending[place].text() == value, hash, &staging)
    }
}

extension PreparedWrite {
    /// The path that is written.
    var target: Key { child ?? request.key }

    /// Whether it states the schema of its path.
    var statesSchema: Bool { request.options.attribution.schemaHash != nil }

    /// Whether the values that it makes must follow schemas.
    var mayBreakSchemas: Bool {
        !key.isInternal && !request.options.ignoresSchemas && !traits.contains(.keepsValues)
    }
}
