import MicroJSON

/// Reads a list of steps.
struct StepReader {
    let limits: MigrationLimits
    private var count = 0
    /// What the parts of the document around the steps being read are, as segments with a `*` behind each.
    private var base: [[[UInt8]]] = []

    /// The members that each operation takes, besides `op` and `path`, and which of them it needs.
    static let operations: [(name: String, needs: [String], takes: [String])] = [
        ("rename", ["to"], []), ("move", ["to"], ["prune"]), ("copy", ["to"], []), ("remove", [], ["prune"]),
        ("default", ["value"], []), ("set", ["value"], []), ("wrap", [], []), ("first", [], []),
        ("map", ["values"], ["else"]), ("convert", ["to"], ["from"]), ("split", ["by"], []), ("join", ["by"], []),
        ("when", ["then"], ["is", "exists", "type", "else"]), ("patch", ["patch"], []),
    ]

    init(limits: MigrationLimits) {
        self.limits = limits
    }

    mutating func steps(_ value: JSONValue, at place: String) throws(MigrationProblem) -> [Step] {
        guard case .array(let elements) = value else {
            throw MigrationProblem(location: place, detail: "Steps must be an array of objects with a member 'op'.")
        }
        var steps: [Step] = []
        for (index, element) in elements.enumerated() {
            count += 1
            guard count <= limits.maximumSteps else {
                throw MigrationProblem(
                    location: "\(place)/\(index)", detail: "There are more than \(limits.maximumSteps) steps.")
            }
            let place = "\(place)/\(index)"
            let members = try StepMembers(element, at: place)
            steps.append(Step(place: place, action: try action(members)))
        }
        return steps
    }

    private mutating func action(_ members: StepMembers) throws(MigrationProblem) -> Step.Action {
        switch members.operation {
        case "rename":
            let way = try way(members, isMember: true)
            let name = try members.string("to")
            guard name != way.name else {
                throw members.problem("to", "'to' is the name that the member has already.")
            }
            return .rename(way, to: name)
        case "move":
            let way = try way(members, isMember: true)
            return .move(way, to: try destination(members, from: way), prunes: try members.flag("prune"))
        case "copy":
            let way = try way(members, isMember: true)
            return .copy(way, to: try destination(members, from: way))
        case "remove": return .remove(try way(members, isMember: true), prunes: try members.flag("prune"))
        case "default": return .standard(try way(members, isMember: true), try members.value("value").text)
        case "set": return .set(try way(members, isMember: true), try members.value("value").text)
        case "wrap": return .wrap(try way(members))
        case "first": return .first(try way(members))
        case "map": return .map(try way(members), try members.valueMap())
        case "convert":
            return .convert(try way(members), from: try members.scalar("from"), to: try members.target())
        case "split": return .split(try way(members), by: try members.separator())
        case "join": return .join(try way(members), by: try members.separator())
        case "when": return try when(members)
        default:
            let patch = try members.value("patch")
            return .patch(try way(members), try members.patch(patch), text: patch.text)
        }
    }

    private mutating func when(_ members: StepMembers) throws(MigrationProblem) -> Step.Action {
        let way = try way(members)
        let condition = try members.condition()
        let outer = base
        base += way.segments.dropLast()
        defer { base = outer }
        guard members.place.utf8.count(where: { $0 == UInt8(ascii: "/") }) < 32 else {
            throw members.problem("then", "Conditions are inside one another more than 16 times.")
        }
        let then = try steps(try members.value("then"), at: members.place + "/then")
        var otherwise: [Step] = []
        if let value = members.object["else"] { otherwise = try steps(value, at: members.place + "/else") }
        return .when(way, condition, then: then, otherwise: otherwise)
    }

    /// The way that a step's `path` says.
    ///
    /// - Parameter isMember: Whether it must end in a name.
    private func way(_ members: StepMembers, isMember: Bool = false) throws(MigrationProblem) -> Way {
        let text = try members.string("path")
        let segments = try segments(text, members, "path")
        if isMember, segments[segments.count - 1].isEmpty {
            throw members.problem("path", "For '\(members.operation)' the path must end in the name of a member.")
        }
        return Way(description: String(decoding: text, as: UTF8.self), segments: segments)
    }

    private func destination(
        _ members: StepMembers, from way: Way
    ) throws(MigrationProblem) -> Destination {
        let text = try members.string("to")
        let segments = try segments(text, members, "to")
        guard segments.dropLast() == way.segments.dropLast() else {
            throw members.problem(
                "to", "'to' must begin as 'path' does, up to its last '*', and have no other '*'.")
        }
        let tokens = segments[segments.count - 1]
        guard !tokens.starts(with: way.rest), !way.rest.starts(with: tokens) else {
            throw members.problem("to", "'to' must lead neither into what 'path' leads to nor to a part around it.")
        }
        return Destination(description: String(decoding: text, as: UTF8.self), tokens: tokens)
    }

    /// The tokens of a pointer between its `*`, without those of the conditions around it.
    private func segments(
        _ text: [UInt8], _ members: StepMembers, _ member: String
    ) throws(MigrationProblem) -> [[[UInt8]]] {
        guard let pointer = JSONPointer(utf8: text) else {
            throw members.problem(
                member, "'\(member)' must be a JSON pointer: empty, or '/' before each name; '~' is '~0', '/' is '~1'.")
        }
        let segments = pointer.tokens.split(separator: Array("*".utf8), omittingEmptySubsequences: false).map(
            Array.init)
        guard segments.count - 1 <= limits.maximumWildcards else {
            throw members.problem(member, "'\(member)' has more than \(limits.maximumWildcards) '*'.")
        }
        guard segments.count > base.count, segments.starts(with: base) else {
            let around = base.map { JSONPointer(tokens: $0).description + "/*" }.joined()
            throw members.problem(
                member, "The condition is about each value at '\(around)', so '\(member)' must begin with it.")
        }
        return Array(segments[base.count...])
    }
}
