extension Validator {
    /// Applies a rule for values of any kind; the end of the value or a result below zero.
    mutating func checkAny(
        _ instruction: Instruction, of node: UnsafePointer<Node>, _ start: Int, _ end: Int
    ) -> Int {
        switch instruction.operation {
        case .allOf:
            for index in 0..<Int(instruction.b) {
                let result = check(tables.lists[Int(instruction.a) + index], of: node, at: start)
                if result < 0 { return result }
            }
            return end
        case .reference: return checkReference(instruction.a, "$ref", at: start)
        case .dynamicReference: return checkReference(target(of: instruction), "$dynamicRef", at: start)
        case .anyOf: return checkAnyOf(instruction, of: node, start, end)
        case .oneOf: return checkOneOf(instruction, of: node, start, end)
        case .not:
            let result = verdict(instruction.a, at: start)
            if result == Self.stopped || result == Self.invalid { return result == Self.invalid ? end : result }
            guard Sink.collects else { return Self.invalid }
            report(not: instruction, of: node, start)
            return end
        case .condition:
            let result = verdict(instruction.a, at: start)
            if result == Self.stopped { return result }
            let branch = result >= 0 ? instruction.b : instruction.c
            return branch < 0 ? end : check(branch, of: node, at: start)
        default:
            switch isConstant(instruction, start) {
            case true?: return end
            case nil: return Self.stopped
            case false?:
                guard Sink.collects else { return Self.invalid }
                report(constant: instruction, start)
                return end
            }
        }
    }

    private mutating func checkReference(_ node: Int32, _ keyword: String, at start: Int) -> Int {
        guard Sink.collects else { return check(node, at: start) }
        sink.enterKeyword("/" + keyword)
        defer { sink.leaveKeyword() }
        return check(node, at: start)
    }

    /// The node that a dynamic reference leads to: in the outermost scope that has the anchor.
    func target(of instruction: Instruction) -> Int32 {
        let row = tables.anchors + Int(instruction.a) * tables.resourceCount
        for scope in scopes where row[Int(scope)] >= 0 { return row[Int(scope)] }
        return instruction.b
    }

    private mutating func checkAnyOf(
        _ instruction: Instruction, of node: UnsafePointer<Node>, _ start: Int, _ end: Int
    ) -> Int {
        for index in 0..<Int(instruction.b) {
            let result = verdict(tables.lists[Int(instruction.a) + index], at: start)
            if result != Self.invalid { return result }
        }
        guard Sink.collects else { return Self.invalid }
        return reportBranches(instruction, "anyOf", of: node, start, end)
    }

    private mutating func checkOneOf(
        _ instruction: Instruction, of node: UnsafePointer<Node>, _ start: Int, _ end: Int
    ) -> Int {
        var accepted = -1
        for index in 0..<Int(instruction.b) {
            let result = verdict(tables.lists[Int(instruction.a) + index], at: start)
            if result == Self.stopped { return result }
            if result == Self.invalid { continue }
            guard accepted >= 0 else {
                accepted = index
                continue
            }
            guard Sink.collects else { return Self.invalid }
            report(oneOf: accepted, index, start)
            return end
        }
        if accepted >= 0 { return end }
        guard Sink.collects else { return Self.invalid }
        return reportBranches(instruction, "oneOf", of: node, start, end)
    }
}
