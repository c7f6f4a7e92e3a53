import MicroJSON

/// A composed value as one document, for tests of the law that each of its members is what a read of the member's own
/// path returns. It knows nothing of leaves.
public enum Projection {
    /// The members at every depth, each with its path. Elements of arrays are not members.
    public static func members(of value: JSONValue?) -> [(path: [String], value: JSONValue)] {
        guard case .object(let members)? = value else { return [] }
        return members.flatMap { member in
            let name = String(decoding: member.name, as: UTF8.self)
            return [([name], member.value)] + Self.members(of: member.value).map { ([name] + $0.path, $0.value) }
        }
    }

    /// The value at a path of members; nil without one, or if the path leads into a scalar or an array.
    public static func member(_ path: [String], of value: JSONValue?) -> JSONValue? {
        var value = value
        for (index, name) in path.enumerated() {
            guard case .object(let members)? = value else {
                // It is the member `_value` as soon as it gets other members.
                return index == path.count - 1 && name == "_value" ? value : nil
            }
            value = members[name]
        }
        return value
    }

    /// Whether a path leads into an array, whose elements are not members.
    public static func entersArray(_ path: [String], of value: JSONValue?) -> Bool {
        (0..<path.count).contains { count in
            let parent = Array(path[..<count])
            return [parent, parent + ["_value"]].contains { Self.member($0, of: value)?.kind == .array }
        }
    }

    /// What a write at a path changed in other places, as a sentence; nil if it changed nothing there.
    public static func strayChange(from before: JSONValue?, to after: JSONValue?, at path: [String]) -> String? {
        for (one, other) in [(before, after), (after, before)] {
            for (place, value) in members(of: one) where value.kind != .object && isApart(place, from: path) {
                guard member(place, of: other) != value else { continue }
                let (was, now) = (member(place, of: before)?.text, member(place, of: after)?.text)
                return "\(place) was \(was.map { "\($0)" } ?? "absent") and is \(now.map { "\($0)" } ?? "absent")"
            }
        }
        return nil
    }

    /// Whether neither path leads to the other, and the place isn't that of an array of which the path is an element.
    private static func isApart(_ place: [String], from path: [String]) -> Bool {
        let holder = place.last == "_value" ? place.dropLast() : place[...]
        return !path.starts(with: holder) && !place.starts(with: path)
    }
}
