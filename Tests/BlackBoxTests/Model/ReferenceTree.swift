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

    /// The parts of leaves above and at a path from which its own value is merged, topmost first.
    func parts(of path: Path) -> [(leaf: Path, value: JSONValue)] {
        var parts: [(leaf: Path, value: JSONValue)] = []
        if let leaf = leaves[[]] { parts = [([], leaf)] }
        for count in path.indices {
            let child = Array(path[...count])
            let isCovered = leaves.keys.contains {
                $0.starts(with: path) || ($0.starts(with: child) && path.starts(with: $0))
            }
            if let (leaf, value) = parts.last, value.kind != .object, !isCovered {
                return Self.entered(value, path[count...]).map { [(leaf, $0)] } ?? []
            }
            parts = parts.compactMap { leaf, value in
                guard case .object(let members) = value else { return nil }
                return members[path[count]].map { (leaf, $0) }
            }
            if let leaf = leaves[child] { parts.append((child, leaf)) }
            // A value that is not an object hides those above, and is hidden by those below it.
            let last = parts.lastIndex { $0.value.kind != .object }
            if let last { parts.removeFirst(last == parts.count - 1 ? last : last + 1) }
        }
        return parts
    }

    /// The part of a scalar or an array: `_value` is itself, and elements have indices.
    private static func entered(_ value: JSONValue, _ path: ArraySlice<String>) -> JSONValue? {
        value.value(at: (path.first == "_value" ? path.dropFirst() : path).map { Array($0.utf8) })
    }

    /// The leaves below a path.
    func below(_ path: Path) -> [Path] {
        leaves.keys.filter { $0.count > path.count && $0.starts(with: path) }
    }

    /// What a `GET` gives; nil: 404.
    func value(at path: Path, isLeafOnly: Bool = false) -> JSONValue? {
        if isLeafOnly { return leaves[path] }
        let parts = parts(of: path).map(\.value)
        return composed(parts.dropFirst().reduce(parts.first) { Self.merged($0, $1) }, path)
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
        let parts = parts(of: path)
        guard below(path).isEmpty, parts.count == 1 else { return nil }
        return versions[parts[0].leaf]?.count
    }

    /// Names a state of a path: two equal states have equal ETags, two different ones different ETags.
    func state(of path: Path, isLeafOnly: Bool = false) -> String {
        let owners = isLeafOnly ? leaves[path].map { _ in [path] } ?? [] : parts(of: path).map(\.leaf)
        let parts = owners + (isLeafOnly ? [] : below(path).sorted { $0.lexicographicallyPrecedes($1) })
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
        let document = parts(of: path).last?.leaf ?? path
        for leaf in below(path) { set(leaf, nil) }
        if document != path, let (names, isItself) = place(of: path, in: document), !isItself {
            change(document) { try $0.set(value, at: names) }
            takeOut(path, except: document)
        } else {
            set(path, value)
            takeOut(path, except: path)
        }
    }

    /// Takes a path out of all leaves that are merged with one.
    private mutating func takeOut(_ path: Path, except document: Path) {
        for (leaf, _) in parts(of: path) where leaf != document { remove(path, from: leaf) }
    }

    mutating func put(flattening value: JSONValue, depth: Int, at path: Path) {
        let new = Self.flattened(value, depth: depth, at: path)
        if let document = parts(of: path).last?.leaf, document != path { return put(value, at: path) }
        if new.count == 1, new[path] != nil { return put(value, at: path) }
        for leaf in below(path) + [path] where new[leaf] == nil { set(leaf, nil) }
        for count in path.indices {
            let leaf = Array(path[..<count])
            let isInObjects = (0..<path.count - count).allSatisfy {
                leaves[leaf]?.value(at: Self.names(path, below: leaf)[..<$0])?.kind == .object
            }
            if isInObjects { remove(path, from: leaf) }
        }
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
        var path = path
        for count in path.indices.reversed() { path = remove(path, from: Array(path[..<count])) }
    }

    /// Removes a path from a leaf above it, and says which place is empty now: if the path was a scalar or an array by
    /// its name `_value`, the one where that was.
    @discardableResult
    private mutating func remove(_ path: Path, from leaf: Path) -> Path {
        guard let (names, isItself) = place(of: path, in: leaf) else { return path }
        if names.isEmpty { set(leaf, nil) } else { change(leaf) { _ = try $0.remove(at: names) } }
        return isItself ? path.dropLast() : path
    }

    /// Where a leaf's value has a path: the names that lead there, and whether the path's last name is the `_value` of
    /// the scalar or array there.
    private func place(of path: Path, in leaf: Path) -> (names: [[UInt8]], isItself: Bool)? {
        guard let value = leaves[leaf] else { return nil }
        var names = Self.names(path, below: leaf)
        if value.value(at: names) != nil { return (names, false) }
        guard let end = names.indices.first(where: { value.value(at: names[..<$0])?.kind != .object }),
            names[end] == Array("_value".utf8)
        else { return nil }
        names.remove(at: end)
        return value.value(at: names) == nil ? nil : (names, end == names.count)
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
