import MicroJSON

/// The rules of `http-api.md` over a dictionary of leaves: what the service must be equal to, in the fewest words.
///
/// Written from the contract. It holds everything in memory, looks at every leaf for every question, and knows nothing
/// of JSON's spelling or order.
struct ReferenceTree {
    typealias Path = [String]

    /// What is stored.
    private(set) var leaves: [Path: JSONValue] = [:]
    /// Each leaf's versions from 1 on, with nil for a deletion.
    private(set) var versions: [Path: [JSONValue?]] = [:]

    /// Who answers for a path itself, with which value.
    func owner(of path: Path) -> (leaf: Path, value: JSONValue)? {
        if let value = leaves[path] { return (path, value) }
        for count in (0..<path.count).reversed() {
            let ancestor = Array(path[..<count])
            if let part = leaves[ancestor]?.value(at: path[count...].map { Array($0.utf8) }) { return (ancestor, part) }
        }
        return nil
    }

    /// The leaves below a path.
    func below(_ path: Path) -> [Path] {
        leaves.keys.filter { $0.count > path.count && $0.starts(with: path) }
    }

    /// What a `GET` gives; nil: 404.
    func value(at path: Path, isLeafOnly: Bool = false) -> JSONValue? {
        isLeafOnly ? leaves[path] : composed(owner(of: path)?.value, path)
    }

    private func composed(_ own: JSONValue?, _ path: Path) -> JSONValue? {
        let names = Set(below(path).map { $0[path.count] })
        guard !names.isEmpty else { return own }
        var members = JSONObject(), object = JSONObject()
        switch own {
        case .object(let own): (members, object) = (own, own)
        case let value?: object["_value"] = value
        case nil: break
        }
        for name in names {
            let leaf = leaves[path + [name]], member = members[name]
            object[name] = composed(leaf.map { Self.merged(member, $0) } ?? member, path + [name])
        }
        return .object(object)
    }

    /// Deep merge; where not both are objects the deeper stored one wins.
    private static func merged(_ shallow: JSONValue?, _ deep: JSONValue) -> JSONValue {
        guard case .object(var object)? = shallow, case .object(let members) = deep else { return deep }
        for member in members { object[name: member.name] = merged(object[name: member.name], member.value) }
        return .object(object)
    }

    /// A value in which every non-empty object and array `depth` levels down is `true`.
    static func cut(_ value: JSONValue, _ depth: Int) -> JSONValue {
        switch value {
        case .object(let members) where !members.isEmpty:
            guard depth > 0 else { return .true }
            return .object(
                members.reduce(into: JSONObject()) { $0[name: $1.name] = cut($1.value, depth - 1) })
        case .array(let elements) where !elements.isEmpty:
            return depth > 0 ? .array(JSONArray(elements.map { cut($0, depth - 1) })) : .true
        default: return value
        }
    }

    /// The version that a read names: of the one leaf that everything comes from.
    func version(at path: Path, isLeafOnly: Bool = false) -> Int? {
        if isLeafOnly { return leaves[path].map { _ in versions[path]?.count ?? 0 } }
        guard below(path).isEmpty, let leaf = owner(of: path)?.leaf else { return nil }
        return versions[leaf]?.count
    }

    /// Names a state of a path: two equal states have equal ETags, two different ones different ETags.
    func state(of path: Path, isLeafOnly: Bool = false) -> String {
        let owner = isLeafOnly ? leaves[path].map { _ in path } : owner(of: path)?.leaf
        let parts =
            (owner.map { [$0] } ?? []) + (isLeafOnly ? [] : below(path).sorted { $0.lexicographicallyPrecedes($1) })
        return parts.map { "\($0.joined(separator: "/"))@\(versions[$0]?.count ?? 0)" }.joined(separator: " ")
    }

    // MARK: - Writes

    /// Sets a leaf, or deletes it.
    mutating func set(_ leaf: Path, _ value: JSONValue?) {
        guard value != nil || leaves[leaf] != nil else { return }
        leaves[leaf] = value
        versions[leaf, default: []].append(value)
    }

    mutating func put(_ value: JSONValue, at path: Path) {
        for leaf in below(path) { set(leaf, nil) }
        if let owner = owner(of: path), owner.leaf != path {
            change(owner.leaf) { try $0.set(value, at: Self.names(path, below: owner.leaf)) }
        } else {
            set(path, value)
        }
    }

    mutating func put(flattening value: JSONValue, depth: Int, at path: Path) {
        if let owner = owner(of: path), owner.leaf != path { return put(value, at: path) }
        let new = Self.flattened(value, depth: depth, at: path)
        for leaf in below(path) + [path] where new[leaf] == nil { set(leaf, nil) }
        for (leaf, value) in new { set(leaf, value) }
    }

    private static func flattened(_ value: JSONValue, depth: Int, at path: Path) -> [Path: JSONValue] {
        guard depth > 0, case .object(let members) = value, !members.isEmpty else { return [path: value] }
        var leaves: [Path: JSONValue] = [:]
        for member in members {
            let name = String(decoding: member.name, as: UTF8.self)
            leaves.merge(flattened(member.value, depth: depth - 1, at: path + [name])) { $1 }
        }
        return leaves
    }

    /// Removes all of the path, in whatever leaf it is stored.
    mutating func delete(_ path: Path) {
        set(path, nil)
        for leaf in below(path) { set(leaf, nil) }
        for count in 0..<path.count {
            let ancestor = Array(path[..<count])
            let names = Self.names(path, below: ancestor)
            guard leaves[ancestor]?.value(at: names) != nil else { continue }
            change(ancestor) { _ = try $0.remove(at: names) }
        }
    }

    private mutating func change(_ leaf: Path, _ change: (inout JSONValue) throws -> Void) {
        guard var document = leaves[leaf] else { return }
        do { try change(&document) } catch { preconditionFailure("the path was found in \(leaf): \(error)") }
        set(leaf, document)
    }

    private static func names(_ path: Path, below leaf: Path) -> [[UInt8]] {
        path[leaf.count...].map { Array($0.utf8) }
    }
}
