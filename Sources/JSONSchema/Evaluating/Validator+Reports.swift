/// What is said about a rule that a value breaks. Only validators that collect errors come here.
extension Validator {
    /// The way from a node to a part of it: its own path if it is inside, otherwise nothing.
    func path(from node: UnsafePointer<Node>, to child: Int32) -> String {
        let (outer, inner) = (program.locations[Int(node.pointee.index)], program.locations[Int(child)])
        return inner.hasPrefix(outer) ? String(inner.dropFirst(outer.count)) : ""
    }

    /// A member's name as a token of a JSON pointer.
    func token(_ name: StringPlace) -> String {
        content(name).replacing("~", with: "~0").replacing("/", with: "~1")
    }

    /// The decoded content of a string.
    private func content(_ string: StringPlace) -> String {
        text.withContent(of: string) { String(decoding: $0, as: UTF8.self) }
    }

    /// A name of the program.
    private func programName(_ start: Int32, _ count: Int32) -> String {
        let bytes = UnsafeBufferPointer(start: tables.bytes.base + Int(start), count: Int(count))
        return String(decoding: bytes, as: UTF8.self)
    }

    private func programName(_ index: Int32) -> String {
        let span = tables.names[Int(index)]
        return programName(span.start, span.count)
    }

    /// A value's text, cut after 64 bytes.
    private func shown(_ bytes: Bytes, _ start: Int, _ end: Int) -> String {
        let buffer = UnsafeBufferPointer(start: bytes.base + start, count: max(0, min(end, bytes.count) - start))
        guard buffer.count > 64 else { return String(decoding: buffer, as: UTF8.self) }
        var cut = 64
        while cut > 0, buffer[cut] & 0xC0 == 0x80 { cut -= 1 }
        return String(decoding: buffer[..<cut], as: UTF8.self) + "…"
    }

    private func shown(at start: Int) -> String { shown(text, start, text.endOfValue(at: start)) }

    private func shown(_ constant: Constant) -> String {
        shown(tables.bytes, Int(constant.start), Int(constant.end))
    }

    private mutating func report(_ keyword: String, _ detail: String) {
        sink.report(keyword, path: "/" + keyword, detail: detail)
    }

    mutating func reportKind(_ node: UnsafePointer<Node>, _ start: Int) {
        guard !node.pointee.isFalse else {
            return sink.report("false", path: "", detail: "No value is permitted here.")
        }
        let types = node.pointee.types
        var names = TypeSet.named.filter { types.isSuperset(of: $0.types) }.map(\.name)
        if types.contains(.spelledInteger) { names.append("integer") }
        if names.contains("number") { names.removeAll { $0 == "integer" } }
        let kind =
            switch text[start] {
            case 0x7B: "an object"
            case 0x5B: "an array"
            case 0x22: "the string \(shown(at: start))"
            case 0x74, 0x66, 0x6E: shown(at: start)
            default: "the number \(shown(at: start))"
            }
        let expected = names.isEmpty ? "no type is permitted" : "it must be \(Self.list(names))"
        report("type", "The value is \(kind); \(expected).")
    }

    /// Names with their articles, with "or" before the last one.
    private static func list(_ names: [String]) -> String {
        let words = names.map { name in
            name == "null" ? name : (name.first.map { "aeio".contains($0) } ?? false ? "an " : "a ") + name
        }
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    mutating func report(number instruction: Instruction, _ start: Int, _ end: Int) {
        let value = shown(text, start, end)
        let bound = shown(tables.constants[Int(instruction.a)])
        switch instruction.operation {
        case .minimum: report("minimum", "\(value) is less than \(bound), the least permitted.")
        case .maximum: report("maximum", "\(value) is more than \(bound), the most permitted.")
        case .exclusiveMinimum: report("exclusiveMinimum", "\(value) is not more than \(bound), as it must be.")
        case .exclusiveMaximum: report("exclusiveMaximum", "\(value) is not less than \(bound), as it must be.")
        default: report("multipleOf", "\(value) is not a multiple of \(bound).")
        }
    }

    mutating func report(string instruction: Instruction, _ string: StringPlace) {
        let value = shown(text, string.start - 1, string.end + 1)
        let length = Self.counted(text.codePoints(of: string), "character")
        switch instruction.operation {
        case .minLength:
            report(
                "minLength",
                "\(value) has \(length), the least are \(instruction.a)."
            )
        case .maxLength:
            report(
                "maxLength",
                "\(value) has \(length), the most are \(instruction.a)."
            )
        case .pattern:
            let source = program.patternSources[Int(instruction.a)]
            report("pattern", "\(value) does not match the pattern '\(source.prefix(200))'.")
        default:
            let format = program.formats[Int(instruction.a)]
            report("format", "\(value) is not of the format '\(format.name)', like '\(format.example)'.")
        }
    }

    mutating func report(constant instruction: Instruction, _ start: Int) {
        let constants = (0..<Int(instruction.b)).map { tables.constants[Int(instruction.a) + $0] }
        guard instruction.operation == .enumeration else {
            return report("const", "The value is \(shown(at: start)); it must be \(shown(constants[0])).")
        }
        var known = constants.prefix(10).map(shown).joined(separator: ", ")
        if constants.count > 10 { known += " and \(constants.count - 10) more" }
        var detail = "\(shown(at: start)) is not one of the permitted values: \(known)."
        if text[start] == 0x22 {
            let names = constants.filter { tables.bytes[Int($0.start)] == 0x22 }.map(shown)
            if let near = Spelling.nearest(to: shown(at: start), among: names) { detail += " Did you mean \(near)?" }
        }
        report("enum", detail)
    }

    mutating func report(not instruction: Instruction, of node: UnsafePointer<Node>, _ start: Int) {
        report("not", "The value is \(shown(at: start)), which the schema in 'not' excludes.")
    }

    mutating func report(oneOf first: Int, _ second: Int, _ start: Int) {
        report("oneOf", "The value fits the branches \(first) and \(second) of 'oneOf'; it must fit exactly one.")
    }

    /// Reports the errors of the branch that fits best.
    mutating func reportBranches(
        _ instruction: Instruction, _ keyword: String, of node: UnsafePointer<Node>, _ start: Int, _ end: Int
    ) -> Int {
        var best: (sink: Sink, index: Int)?
        var most = (Int.min, Int.min)
        let own = sink
        for index in 0..<Int(instruction.b) {
            sink = own.branch()
            let result = check(tables.lists[Int(instruction.a) + index], of: node, at: start)
            let isStopped = result < 0 && expense.exceeded != nil
            if sink.count > 0, sink.fitness(from: own) > most {
                most = sink.fitness(from: own)
                best = (sink, index)
            }
            if isStopped { break }
        }
        sink = own
        if let best {
            sink.take(best.sink, index: best.index)
        } else {
            report(keyword, "The value is \(shown(at: start)), which fits no branch of '\(keyword)'.")
        }
        return expense.exceeded == nil ? end : Self.stopped
    }

    mutating func report(missing: UInt64, _ plan: UnsafePointer<ObjectPlan>) {
        for index in plan.pointee.properties.indices where tables.properties[index].required & missing != 0 {
            let name = programName(tables.properties[index].start, tables.properties[index].count)
            report("required", "The member '\(name)' is missing; it is required.")
        }
    }

    mutating func report(missing name: Int32, because dependency: Dependency?) {
        let name = programName(name)
        guard let dependency else { return report("required", "The member '\(name)' is missing; it is required.") }
        let trigger = programName(dependency.trigger)
        let keyword = dependency.isOld ? "dependencies" : "dependentRequired"
        report(keyword, "The member '\(name)' is missing; it is required beside '\(trigger)'.")
    }

    mutating func report(members count: Int, _ plan: UnsafePointer<ObjectPlan>) {
        if count < plan.pointee.minimum {
            report(
                "minProperties",
                "The object has \(Self.counted(count, "member")), the least are \(plan.pointee.minimum).")
        } else {
            report(
                "maxProperties",
                "The object has \(Self.counted(count, "member")), the most are \(plan.pointee.maximum).")
        }
    }

    /// Reports a member that is not permitted, with the name that is probably meant.
    mutating func report(unexpected name: StringPlace, _ keyword: String, _ plan: UnsafePointer<ObjectPlan>) {
        let names = plan.pointee.properties.indices.filter { tables.properties[$0].node >= 0 }.map {
            programName(tables.properties[$0].start, tables.properties[$0].count)
        }
        let own = content(name)
        var detail = "The member '\(own.prefix(64))' is not permitted."
        if let near = Spelling.nearest(to: own, among: names) { detail += " Did you mean '\(near)'?" }
        sink.enterValue(token(name))
        report(keyword, detail)
        sink.leaveValue()
    }

    mutating func report(elements count: Int, _ plan: UnsafePointer<ArrayPlan>) {
        if count < plan.pointee.minimum {
            report(
                "minItems", "The array has \(Self.counted(count, "element")), the least are \(plan.pointee.minimum).")
        } else {
            report("maxItems", "The array has \(Self.counted(count, "element")), the most are \(plan.pointee.maximum).")
        }
    }

    mutating func report(contained count: Int, _ plan: UnsafePointer<ArrayPlan>) {
        let fitting = "\(Self.counted(count, "element")) \(count == 1 ? "fits" : "fit")"
        if count > plan.pointee.maximumContained {
            report(
                "maxContains",
                "\(fitting) 'contains', the most are \(plan.pointee.maximumContained)."
            )
        } else if plan.pointee.minimumContained == 1 {
            report("contains", "No element of the array fits 'contains'; at least one must.")
        } else {
            report(
                "minContains",
                "\(fitting) 'contains', the least are \(plan.pointee.minimumContained)."
            )
        }
    }

    mutating func report(twins: (Int, Int)) {
        guard expense.exceeded == nil else { return }
        report("uniqueItems", "The elements \(twins.0) and \(twins.1) are equal; all must be different.")
    }

    mutating func report(elementBeyond index: Int, _ plan: UnsafePointer<ArrayPlan>) {
        let keyword = plan.pointee.isOld ? "additionalItems" : "items"
        sink.enterValue(String(index))
        report(keyword, "The element is not permitted; the most elements are \(plan.pointee.prefix.count).")
        sink.leaveValue()
    }

    mutating func reportUnevaluated(element index: Int) {
        sink.enterValue(String(index))
        report("unevaluatedItems", "The element is not permitted; no rule is for it.")
        sink.leaveValue()
    }
}
