/// What is known of a value that follows several nodes of a program together.
struct Facts {
    let program: Program
    /// The nodes, those that they apply to the same value in any case included, in order.
    private(set) var nodes: [Int32] = []
    private(set) var types: TypeSet
    /// The instructions whose branches were looked at one by one.
    var done: Set<Int> = []

    init(_ nodes: [Int32], _ types: TypeSet, in program: Program) {
        self.program = program
        self.types = types.spelled
        var pending = nodes
        var seen: Set<Int32> = []
        while let next = pending.popLast() {
            guard seen.insert(next).inserted else { continue }
            let node = program.tables.nodes[Int(next)]
            self.types.formIntersection(node.types.spelled)
            for index in node.any.indices {
                let instruction = program.tables.instructions[index]
                switch instruction.operation {
                case .allOf: pending += program.list(instruction)
                case .reference: pending.append(instruction.a)
                default: break
                }
            }
        }
        self.nodes = seen.sorted()
    }

    /// The compiled nodes.
    var all: [Node] { nodes.map { program.tables.nodes[Int($0)] } }
    var instructions: [Instruction] {
        all.flatMap { node in
            (Array(node.numbers.indices) + Array(node.strings.indices) + Array(node.any.indices)).map {
                program.tables.instructions[$0]
            }
        }
    }
    var objects: [ObjectPlan] { all.filter { $0.object >= 0 }.map { program.tables.objects[Int($0.object)] } }
    var arrays: [ArrayPlan] { all.filter { $0.array >= 0 }.map { program.tables.arrays[Int($0.array)] } }

    /// All values, if a rule names them or the types have few.
    var values: [Sample]? {
        for instruction in instructions where [.constant, .enumeration].contains(instruction.operation) {
            let range = Int(instruction.a)..<Int(instruction.a + instruction.b)
            return range.map { Sample(program.tables.constants[$0], in: program) }
        }
        guard types.isSubset(of: [.boolean, .null]) else { return nil }
        return (types.contains(.boolean) ? [Sample("true"), Sample("false")] : [])
            + (types.contains(.null) ? [Sample("null")] : [])
    }

    /// The ways to look at values case by case: for each, the nodes that they follow additionally.
    var splits: [(instruction: Int, branches: [[Int32]])] {
        all.flatMap { node in
            node.any.indices.compactMap { index -> (instruction: Int, branches: [[Int32]])? in
                guard !done.contains(index) else { return nil }
                let instruction = program.tables.instructions[index]
                switch instruction.operation {
                case .anyOf, .oneOf: return (index, program.list(instruction).map { [$0] })
                case .condition:
                    return (
                        index,
                        [
                            [instruction.a] + (instruction.b >= 0 ? [instruction.b] : []),
                            instruction.c >= 0 ? [instruction.c] : [],
                        ]
                    )
                default: return nil
                }
            }
        }
    }

    /// Whether nothing is known.
    var areEmpty: Bool {
        types == .everything && objects.isEmpty && arrays.isEmpty && instructions.isEmpty
    }

    mutating func markSplit(_ instruction: Int) {
        done.insert(instruction)
    }
}

extension Program {
    /// The nodes of a list that an instruction names.
    func list(_ instruction: Instruction) -> [Int32] {
        (Int(instruction.a)..<Int(instruction.a + instruction.b)).map { tables.lists[$0] }
    }

    func list(_ span: Span32) -> [Int32] { span.indices.map { tables.lists[$0] } }

    /// A name of the program.
    func name(_ index: Int32) -> [UInt8] {
        let span = tables.names[Int(index)]
        return name(span.start, span.count)
    }

    func name(_ property: Property) -> [UInt8] { name(property.start, property.count) }

    private func name(_ start: Int32, _ count: Int32) -> [UInt8] {
        Array(UnsafeBufferPointer(start: tables.bytes.base + Int(start), count: Int(count)))
    }

    /// The names of all members that the program has a rule for.
    var names: [[UInt8]] {
        let plans = nodes.filter { $0.object >= 0 }.map { tables.objects[Int($0.object)] }
        return plans.flatMap { plan in plan.properties.indices.map { name(tables.properties[$0]) } }
    }

    /// Whether a pattern of the program matches a name; nil if that costs too much.
    func matches(_ pattern: Int32, _ name: [UInt8]) -> Bool? {
        name.withUnsafeBufferPointer { Pattern.matches(tables.codes[Int(pattern)], $0, limit: 10_000) }
    }
}

extension TypeSet {
    static let numbers: TypeSet = [.fraction, .integer, .spelledInteger]
    static let everything: TypeSet = [.object, .array, .string, .fraction, .integer, .spelledInteger, .boolean, .null]

    /// The set in which all integers are those that are spelled as such and the others.
    var spelled: TypeSet { contains(.integer) ? union(.spelledInteger) : self }

    /// The types for a message.
    var names: String {
        var names = TypeSet.named.filter { $0.name != "number" && contains($0.types) }.map(\.name)
        if contains(.fraction) { names.append("number") }
        if names.isEmpty { names = ["integer"] }
        return names.joined(separator: ", ")
    }
}
