import MicroJSON

/// Makes values that probably follow a schema and lie at the bounds of its rules and of those of another schema.
struct Sampler {
    private let program: Program
    private var budget = 3000
    private let numbers: [String]
    private let lengths: [Int]
    /// The names of members in the other schema.
    private let names: [[UInt8]]

    init(_ program: Program, _ other: Program) {
        self.program = program
        var numbers = ["0", "1", "-1", "0.5", "1000000"]
        var lengths = [0, 1, 3]
        for rules in [Rules(program), Rules(other)] {
            numbers += rules.numbers
            lengths += rules.lengths
        }
        names = other.names
        self.numbers = Array(Set(numbers)).sorted()
        self.lengths = Array(Set(lengths)).sorted()
    }

    /// The values.
    mutating func samples() -> [JSONText] {
        candidates([program.tables.root], depth: 0).map { JSONText(trusted: $0) }
    }

    /// Candidates for a value that follows several nodes; the simplest ones first.
    private mutating func candidates(_ nodes: [Int32], depth: Int) -> [[UInt8]] {
        let facts = Facts(nodes, .everything, in: program)
        budget -= 1
        guard budget > 0, depth < 6 else { return [] }
        if facts.areEmpty { return Self.anything }
        if let values = facts.values { return values.map(\.bytes) }
        var found: [[UInt8]] = []
        for split in facts.splits.prefix(2) where depth < 4 {
            for branch in split.branches where !Set(branch).isSubset(of: facts.nodes) {
                found += candidates(facts.nodes + branch, depth: depth + 1).prefix(12)
            }
        }
        if !facts.types.isDisjoint(with: .numbers) { found += numbers.map { Array($0.utf8) } }
        if facts.types.contains(.string) {
            found += lengths.map { Array("\"\(String(repeating: "a", count: min($0, 2000)))\"".utf8) }
        }
        if facts.types.contains(.boolean) { found += [Array("true".utf8), Array("false".utf8)] }
        if facts.types.contains(.null) { found.append(Array("null".utf8)) }
        if facts.types.contains(.array) { found += arrays(facts, depth) }
        if facts.types.contains(.object) { found += objects(facts, depth) }
        return found
    }

    private static let anything = ["0", "-1", "0.5", "\"\"", "\"aaaa\"", "true", "null", "[]", "{}"].map {
        Array($0.utf8)
    }

    /// The first candidate that follows the nodes.
    private mutating func simplest(_ nodes: [Int32], depth: Int) -> [UInt8]? {
        candidates(nodes, depth: depth).first { value in
            nodes.allSatisfy { Sample(value).follows($0, of: program) == true }
        }
    }

    private mutating func objects(_ facts: Facts, _ depth: Int) -> [[UInt8]] {
        let required = facts.requiredNames.sorted { $0.lexicographicallyPrecedes($1) }
        var base: [(name: [UInt8], value: [UInt8])] = []
        for name in required {
            let nodes = facts.nodes(forMember: name) ?? []
            base.append((name, simplest(nodes, depth: depth + 1) ?? Array("null".utf8)))
        }
        var found = [Self.object(base)]
        let others = facts.knownNames.union(names).sorted { $0.lexicographicallyPrecedes($1) }
        for name in others.prefix(40) + [Array("x-1".utf8), Array("another name".utf8)] {
            let rest = base.filter { $0.name != name }
            for value in candidates(facts.nodes(forMember: name) ?? [], depth: depth + 1).prefix(30) {
                found.append(Self.object(rest + [(name, value)]))
            }
        }
        return found
    }

    private mutating func arrays(_ facts: Facts, _ depth: Int) -> [[UInt8]] {
        let least = min(facts.arrays.map(\.minimum).max() ?? 0, 8)
        var base: [[UInt8]] = []
        for index in 0..<least {
            base.append(simplest(facts.nodes(forElement: index), depth: depth + 1) ?? Array("null".utf8))
        }
        var found = [Self.array(base)]
        for value in candidates(facts.nodes(forElement: least), depth: depth + 1).prefix(30) {
            found.append(Self.array(base + [value]))
            if !base.isEmpty { found.append(Self.array([value] + base.dropFirst())) }
        }
        for length in lengths where length > least && length < 20 {
            let value = simplest(facts.nodes(forElement: least), depth: depth + 1) ?? Array("null".utf8)
            found.append(Self.array(base + Array(repeating: value, count: length - least)))
        }
        return found
    }

    private static func array(_ elements: [[UInt8]]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for element in elements { writer.raw(element) }
        writer.endArray()
        return writer.bytes
    }

    private static func object(_ members: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for member in members {
            writer.name(utf8: member.name)
            writer.raw(member.value)
        }
        writer.endObject()
        return writer.bytes
    }

    /// The numbers and lengths in a program's rules, with their neighbours.
    private struct Rules {
        var numbers: [String] = []
        var lengths: [Int] = []

        init(_ program: Program) {
            var constants: Set<Int32> = []
            for node in program.nodes {
                for index in node.numbers.indices { constants.insert(program.tables.instructions[index].a) }
                for index in node.strings.indices {
                    let rule = program.tables.instructions[index]
                    guard [.minLength, .maxLength].contains(rule.operation) else { continue }
                    lengths += [Int(rule.a) - 1, Int(rule.a), Int(rule.a) + 1]
                }
                guard node.array >= 0 else { continue }
                let plan = program.tables.arrays[Int(node.array)]
                for count in [plan.minimum, plan.maximum] where count < 20 { lengths += [count - 1, count, count + 1] }
            }
            lengths = lengths.filter { $0 >= 0 }
            for constant in constants.sorted().prefix(40) {
                let constant = program.tables.constants[Int(constant)]
                numbers.append(String(decoding: Sample(constant, in: program).bytes, as: UTF8.self))
                guard constant.isSmallInteger else { continue }
                numbers += [-1, 1].map { String(constant.integer + $0) } + ["\(constant.integer).5"]
            }
        }
    }
}
