extension Prover {
    mutating func followsAny(_ facts: Facts, _ rule: Instruction, _ node: Node) -> Bool {
        switch rule.operation {
        case .allOf: return other.list(rule).allSatisfy { proves(facts.nodes, facts.types, $0) }
        case .reference: return proves(facts.nodes, facts.types, rule.a)
        case .constant: return note(node.index, "const", "Other values are possible.")
        case .enumeration: return note(node.index, "enum", "Other values are possible.")
        case .anyOf: return followsBranches(facts, rule, node)
        case .oneOf:
            guard followsOne(facts, rule) else {
                return note(node.index, "oneOf", "It is not shown that exactly one branch fits.")
            }
            return true
        case .not:
            guard isDisjoint(facts, rule.a) || excludes(facts, rule.a) else {
                return note(node.index, "not", "It is not shown that what 'not' excludes is impossible.")
            }
            return true
        case .condition:
            guard followsCondition(facts, rule) else {
                return note(node.index, "if", "It is not shown that 'then' and 'else' hold.")
            }
            return true
        default: return note(node.index, "$dynamicRef", "References that depend on the way to them are not compared.")
        }
    }

    /// Whether some branch holds for all values, or for those of each type.
    private mutating func followsBranches(_ facts: Facts, _ rule: Instruction, _ node: Node) -> Bool {
        silence += 1
        defer { silence -= 1 }
        let branches = other.list(rule)
        if branches.contains(where: { proves(facts.nodes, facts.types, $0) }) { return true }
        let kinds: [TypeSet] = [
            .object, .array, .string, .numbers, [.integer, .spelledInteger], .fraction, .boolean, .null,
        ]
        let parts = kinds.map { $0.intersection(facts.types) }.filter { !$0.isEmpty && $0 != facts.types }
        // Numbers are one part, or integers and fractions are two.
        let holds = parts.filter { part in branches.contains { proves(facts.nodes, part, $0) } }
        let covered = holds.reduce(into: TypeSet()) { $0.formUnion($1) }
        if !parts.isEmpty, covered == facts.types { return true }
        silence -= 1
        note(node.index, "anyOf", "It is not shown that some branch fits.")
        silence += 1
        return false
    }

    private mutating func followsOne(_ facts: Facts, _ rule: Instruction) -> Bool {
        silence += 1
        defer { silence -= 1 }
        let branches = other.list(rule)
        for branch in branches where proves(facts.nodes, facts.types, branch) {
            return branches.allSatisfy { $0 == branch || isDisjoint(facts, $0) }
        }
        // The same branches in the same order are the same rule.
        return facts.instructions.contains { own in
            guard own.operation == .oneOf, Int(own.b) == branches.count else { return false }
            return zip(first.list(own), branches).allSatisfy { isSame($0, $1) }
        }
    }

    private mutating func followsCondition(_ facts: Facts, _ rule: Instruction) -> Bool {
        silence += 1
        defer { silence -= 1 }
        let (hasThen, hasElse) = (rule.b >= 0, rule.c >= 0)
        let then = !hasThen || proves(facts.nodes, facts.types, rule.b)
        let otherwise = !hasElse || proves(facts.nodes, facts.types, rule.c)
        if then, otherwise { return true }
        if then, proves(facts.nodes, facts.types, rule.a) { return true }
        if otherwise, isDisjoint(facts, rule.a) { return true }
        return facts.instructions.contains { own in
            guard own.operation == .condition, isSame(own.a, rule.a) else { return false }
            let sameThen = then || own.b >= 0 && proves([own.a, own.b] + facts.nodes, facts.types, rule.b)
            let sameElse = otherwise || own.c >= 0 && proves([own.c] + facts.nodes, facts.types, rule.c)
            return sameThen && sameElse
        }
    }

    /// Whether a `not` of the first program excludes all that a node of the other one permits.
    private mutating func excludes(_ facts: Facts, _ node: Int32) -> Bool {
        facts.instructions.contains { $0.operation == .not && isContained(node, in: $0.a) }
    }

    /// Whether two nodes permit the same values.
    private mutating func isSame(_ own: Int32, _ node: Int32) -> Bool {
        proves([own], .everything, node) && isContained(node, in: own)
    }

    /// Whether all that a node of the other program permits follows a node of the first one. Nothing is assumed for it.
    mutating func isContained(_ node: Int32, in own: Int32) -> Bool {
        guard exchanges < 3 else { return false }
        let share = budget / 4
        var prover = Prover(other, first, budget: share, exchanges: exchanges + 1)
        prover.silence = 1
        let holds = prover.proves([node], .everything, own)
        budget -= share - prover.budget
        return holds
    }
}
