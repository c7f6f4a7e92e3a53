import MicroJSON
import NestKVStorage

/// The check of one commit against schemas.
struct SchemaCheck {
    let snapshot: SchemaSnapshot
    let works: [PreparedWrite]
    /// The paths that the writes change and that may be bound, each once.
    let targets: [Target]
    /// The bound paths that were looked at.
    private var checked: Set<Key> = []
    /// The leaves whose schemas are decided.
    private(set) var marked: Set<Key> = []
    /// The positions of the changed leaves, once they are needed.
    private var places: Places?

    /// A path that a write changes.
    struct Target {
        /// The first write that changes it.
        let write: Int
        let path: Key
        let bindings: BindingIndex.Bindings
    }

    /// The check of a commit whose writes are all staged.
    init(_ snapshot: SchemaSnapshot, _ works: [PreparedWrite], _ staging: Staging) {
        (self.snapshot, self.works) = (snapshot, works)
        var targets: [Target] = []
        var seen: Set<Key> = []
        for (index, work) in works.enumerated() where work.mayBreakSchemas {
            let path = staging.changedPath(work)
            guard snapshot.mayBind(path), works.count == 1 || seen.insert(path).inserted else { continue }
            targets.append(Target(write: index, path: path, bindings: snapshot.index.bindings(of: path)))
        }
        self.targets = targets
    }

    /// The paths whose values the check needs and that were not yet read. What is read for it belongs to the
    /// expectations of the commit.
    func unread(_ staging: Staging) -> [Key] {
        var unread: [Key] = []
        var seen: Set<Key> = []
        func need(_ path: Key) {
            guard !staging.isSole(path), staging.knownTree(path) == nil, seen.insert(path).inserted else { return }
            unread.append(path)
        }
        for work in works where work.mayBreakSchemas && work.statesSchema { need(work.target) }
        for target in targets {
            for (path, _) in target.bindings.paths { need(path) }
            if target.bindings.below != nil { need(target.path) }
        }
        return unread
    }

    /// Whether a bound path was not yet checked. One write comes to each path once.
    mutating func checks(_ path: Key) -> Bool { works.count == 1 || checked.insert(path).inserted }

    /// The index of the last write that may have changed a path.
    func lastWrite(to path: Key) -> Int {
        works.lastIndex { $0.mayBreakSchemas && $0.target.isRelated(to: path) } ?? 0
    }

    /// The schema that the last write of exactly a path states.
    func statedHash(of path: Key) -> String? {
        let work = works.last { $0.mayBreakSchemas && $0.target == path }
        return work?.request.options.attribution.schemaHash
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
