import MicroJSON

/// The members of a step that is being read.
struct StepMembers {
    let object: JSONObject
    let place: String
    let operation: String

    init(_ value: JSONValue, at place: String) throws(MigrationProblem) {
        self.place = place
        guard case .object(let object) = value else {
            throw MigrationProblem(location: place, detail: "A step must be an object with a member 'op'.")
        }
        self.object = object
        let known = StepReader.operations.map { "'\($0.name)'" }.joined(separator: ", ")
        guard let name = object["op"]?.stringContent.map({ String(decoding: $0, as: UTF8.self) }),
            let operation = StepReader.operations.first(where: { $0.name == name })
        else { throw MigrationProblem(location: place + "/op", detail: "'op' must be one of \(known).") }
        self.operation = name
        let taken = ["op", "path"] + operation.needs + operation.takes
        for member in object {
            let name = String(decoding: member.name, as: UTF8.self)
            guard taken.contains(name) else {
                let list = taken.map { "'\($0)'" }.joined(separator: ", ")
                throw problem(name, "'\(operation.name)' has no member '\(name.prefix(64))'; known: \(list).")
            }
        }
        for name in ["path"] + operation.needs where object[name] == nil {
            throw MigrationProblem(location: place, detail: "'\(operation.name)' needs a member '\(name)'.")
        }
    }

    /// What is wrong with a member.
    func problem(_ member: String, _ detail: String) -> MigrationProblem {
        let pointer = JSONPointer(tokens: [Array(member.utf8)]).description
        return MigrationProblem(location: place + pointer, detail: detail)
    }

    func value(_ name: String) throws(MigrationProblem) -> JSONValue {
        guard let value = object[name] else { throw problem(name, "'\(operation)' needs a member '\(name)'.") }
        return value
    }

    func string(_ name: String) throws(MigrationProblem) -> [UInt8] {
        guard let content = try value(name).stringContent else { throw problem(name, "'\(name)' must be a string.") }
        return content
    }

    /// Whether a member is true; false without it.
    func flag(_ name: String) throws(MigrationProblem) -> Bool {
        guard let value = object[name] else { return false }
        guard value.kind == .boolean else { throw problem(name, "'\(name)' must be true or false.") }
        return value == .true
    }

    func separator() throws(MigrationProblem) -> [UInt8] {
        let separator = try string("by")
        guard !separator.isEmpty else { throw problem("by", "'by' must have at least one character.") }
        return separator
    }

    /// A type that `convert` knows; nil without the member.
    func scalar(_ name: String) throws(MigrationProblem) -> Scalar? {
        guard object[name] != nil else { return nil }
        guard let scalar = Scalar(rawValue: String(decoding: try string(name), as: UTF8.self)) else {
            let known = Scalar.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw problem(name, "'\(name)' must be one of \(known).")
        }
        return scalar
    }

    /// The type that `convert` converts to.
    func target() throws(MigrationProblem) -> Scalar {
        let source = try scalar("from")
        guard let target = try scalar("to") else { throw problem("to", "'convert' needs a member 'to'.") }
        let hasWay = source == nil || source == .string || target == .string || source != .boolean && target != .boolean
        guard source != target, hasWay else {
            throw problem("to", "'\(source?.rawValue ?? "")' can't be converted to '\(target.rawValue)'; use 'map'.")
        }
        return target
    }

    func patch(_ document: JSONValue) throws(MigrationProblem) -> JSONPatch {
        do throws(JSONPatchError) {
            return try JSONPatch(document)
        } catch {
            throw problem("patch", "It is not a JSON Patch (RFC 6902): \(error).")
        }
    }

    /// `values` of a `map`: an object for strings, or an array of pairs for values of any type.
    func valueMap() throws(MigrationProblem) -> ValueMap {
        let form = "'values' must be an object of new values by old strings, or an array of [old, new]."
        var pairs: [(from: JSONText, to: JSONText)] = []
        switch try value("values") {
        case .object(let object):
            for member in object {
                var writer = JSONWriter()
                writer.string(utf8: member.name)
                pairs.append((writer.text, member.value.text))
            }
        case .array(let elements):
            for element in elements {
                guard case .array(let pair) = element, pair.count == 2 else { throw problem("values", form) }
                pairs.append((pair[0].text, pair[1].text))
            }
        case .scalar: throw problem("values", form)
        }
        let map = ValueMap(pairs: pairs, isComplete: try isComplete())
        if let duplicate = map.duplicate { throw problem("values", "The map has the value \(duplicate.shown) twice.") }
        return map
    }

    private func isComplete() throws(MigrationProblem) -> Bool {
        guard object["else"] != nil else { return false }
        switch String(decoding: try string("else"), as: UTF8.self) {
        case "keep": return false
        case "fail": return true
        default: throw problem("else", "'else' must be \"keep\" or \"fail\".")
        }
    }

    func condition() throws(MigrationProblem) -> Condition {
        let given = ["is", "exists", "type"].filter { object[$0] != nil }
        guard given.count == 1 else {
            throw MigrationProblem(
                location: place, detail: "'when' needs exactly one of the members 'is', 'exists' and 'type'.")
        }
        switch given[0] {
        case "is": return .equals(try value("is"))
        case "exists":
            let value = try value("exists")
            guard value.kind == .boolean else { throw problem("exists", "'exists' must be true or false.") }
            return .exists(value == .true)
        default:
            guard let kind = JSONKind(rawValue: String(decoding: try string("type"), as: UTF8.self)) else {
                let known = JSONKind.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
                throw problem("type", "'type' must be one of \(known).")
            }
            return .isOf(kind)
        }
    }
}

extension JSONText {
    /// The text for a message, cut after 64 bytes.
    var shown: String {
        guard utf8.count > 64 else { return description }
        var cut = 64
        while cut > 0, utf8[cut] & 0xC0 == 0x80 { cut -= 1 }
        return String(decoding: utf8[..<cut], as: UTF8.self) + "…"
    }
}
