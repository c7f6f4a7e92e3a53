extension Prover {
    mutating func followsNumbers(_ facts: Facts, _ node: Node) -> Bool {
        for index in node.numbers.indices {
            let rule = other.tables.instructions[index]
            let bound = decimal(rule, in: other)
            let keyword: String
            let holds: Bool
            switch rule.operation {
            case .minimum, .exclusiveMinimum:
                keyword = rule.operation == .minimum ? "minimum" : "exclusiveMinimum"
                holds = facts.instructions.contains {
                    guard [.minimum, .exclusiveMinimum].contains($0.operation) else { return false }
                    let order = decimal($0, in: first).compared(to: bound)
                    return order > 0 || order == 0 && (rule.operation == .minimum || $0.operation == .exclusiveMinimum)
                }
            case .maximum, .exclusiveMaximum:
                keyword = rule.operation == .maximum ? "maximum" : "exclusiveMaximum"
                holds = facts.instructions.contains {
                    guard [.maximum, .exclusiveMaximum].contains($0.operation) else { return false }
                    let order = decimal($0, in: first).compared(to: bound)
                    return order < 0 || order == 0 && (rule.operation == .maximum || $0.operation == .exclusiveMaximum)
                }
            default:
                keyword = "multipleOf"
                holds = isMultiple(facts, rule)
            }
            let shown = Sample(other.tables.constants[Int(rule.a)], in: other).shown
            guard holds else {
                return note(node.index, keyword, "Numbers that break '\(keyword)' \(shown) are possible.")
            }
        }
        return true
    }

    private func isMultiple(_ facts: Facts, _ rule: Instruction) -> Bool {
        let constant = other.tables.constants[Int(rule.a)]
        let isDivided = { (number: Decimal) in
            number.isMultiple(of: constant.divisor, exponent: Int(constant.exponent))
        }
        if !facts.types.contains(.fraction) {
            let isOne: Bool = [0x31].withUnsafeBufferPointer { buffer in
                isDivided(Decimal(Bytes(base: buffer.baseAddress!, count: 1), 0, 1))
            }
            if isOne { return true }
        }
        return facts.instructions.contains { $0.operation == .multipleOf && isDivided(decimal($0, in: first)) }
    }

    private func decimal(_ rule: Instruction, in program: Program) -> Decimal {
        let constant = program.tables.constants[Int(rule.a)]
        return Decimal(program.tables.bytes, Int(constant.start), Int(constant.end))
    }

    mutating func followsStrings(_ facts: Facts, _ node: Node) -> Bool {
        for index in node.strings.indices {
            let rule = other.tables.instructions[index]
            let rules = facts.instructions
            switch rule.operation {
            case .minLength:
                guard rule.a == 0 || rules.contains(where: { $0.operation == .minLength && $0.a >= rule.a }) else {
                    return note(node.index, "minLength", "Shorter texts than \(rule.a) characters are possible.")
                }
            case .maxLength:
                guard rules.contains(where: { $0.operation == .maxLength && $0.a <= rule.a }) else {
                    return note(node.index, "maxLength", "Longer texts than \(rule.a) characters are possible.")
                }
            case .pattern:
                let source = other.patternSources[Int(rule.a)]
                guard
                    rules.contains(where: {
                        $0.operation == .pattern && first.patternSources[Int($0.a)] == source
                    })
                else { return note(node.index, "pattern", "It is not asked for the same pattern.") }
            default:
                let format = other.formats[Int(rule.a)]
                guard rules.contains(where: { $0.operation == .format && first.formats[Int($0.a)] == format }) else {
                    return note(node.index, "format", "It is not asked for the format '\(format.name)'.")
                }
            }
        }
        return true
    }
}
