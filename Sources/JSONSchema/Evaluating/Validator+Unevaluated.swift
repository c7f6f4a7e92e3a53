extension Validator {
    /// Applies `unevaluatedProperties`; 0 or a result below zero.
    mutating func checkUnevaluated(
        _ plan: UnsafePointer<ObjectPlan>, of node: UnsafePointer<Node>, at start: Int
    ) -> Int {
        var active: [Int32] = []
        guard collect(node.pointee.index, at: start, into: &active) else { return Self.stopped }
        var position = start + 1
        while text[position] == 0x22 {
            let name = text.string(at: position)
            let value = name.end + 2
            guard let isEvaluated = isEvaluated(name, by: active, owner: node.pointee.index) else {
                return Self.stopped
            }
            if !isEvaluated {
                let child = plan.pointee.unevaluated
                if Sink.collects, tables.nodes[Int(child)].isFalse {
                    report(unexpected: name, "unevaluatedProperties", plan)
                } else {
                    let result = check(child, of: node, at: value, named: name)
                    if result < 0 { return result }
                }
            }
            position = text.endOfValue(at: value)
            guard text[position] == 0x2C else { break }
            position += 1
        }
        return 0
    }

    /// Whether a member is evaluated by one of the nodes that apply to its object; nil if a limit was reached.
    private mutating func isEvaluated(_ name: StringPlace, by active: [Int32], owner: Int32) -> Bool? {
        for index in active {
            expense.steps -= 1
            let object = tables.nodes[Int(index)].object
            guard object >= 0 else { continue }
            let plan = tables.objects + Int(object)
            if plan.pointee.additional >= 0 || plan.pointee.unevaluated >= 0 && index != owner { return true }
            if declares(name, plan) { return true }
            for index in plan.pointee.patterns.indices {
                guard let isMatch = matches(tables.namePatterns[index].pattern, name) else { return nil }
                if isMatch { return true }
            }
        }
        guard expense.steps >= 0 else {
            expense.exceed(.steps)
            return nil
        }
        return false
    }

    /// Applies `unevaluatedItems`; 0 or a result below zero.
    mutating func checkUnevaluated(
        _ plan: UnsafePointer<ArrayPlan>, of node: UnsafePointer<Node>, at start: Int
    ) -> Int {
        var active: [Int32] = []
        guard collect(node.pointee.index, at: start, into: &active) else { return Self.stopped }
        var first = 0
        var containing: [Int32] = []
        for index in active {
            let array = tables.nodes[Int(index)].array
            guard array >= 0 else { continue }
            let other = tables.arrays + Int(array)
            if other.pointee.items >= 0 || other.pointee.unevaluated >= 0 && index != node.pointee.index { return 0 }
            first = max(first, Int(other.pointee.prefix.count))
            if other.pointee.contains >= 0, other.pointee.containsEvaluates {
                containing.append(other.pointee.contains)
            }
        }
        var (index, position) = (0, start + 1)
        guard text[position] != 0x5D else { return 0 }
        while position < text.count {
            if index >= first {
                let result = checkUnevaluated(index, containing, plan, of: node, at: position)
                if result < 0 { return result }
            }
            index += 1
            position = text.endOfValue(at: position)
            guard text[position] == 0x2C else { break }
            position += 1
        }
        return 0
    }

    private mutating func checkUnevaluated(
        _ index: Int, _ containing: [Int32], _ plan: UnsafePointer<ArrayPlan>, of node: UnsafePointer<Node>,
        at position: Int
    ) -> Int {
        for other in containing {
            let result = verdict(other, at: position)
            if result != Self.invalid { return result }
        }
        let child = plan.pointee.unevaluated
        if Sink.collects, tables.nodes[Int(child)].isFalse {
            reportUnevaluated(element: index)
            return 0
        }
        return check(child, of: node, at: position, index: index)
    }

    /// Collects the nodes that apply to the value at a position and accept it, beginning with one that does. False if a
    /// limit was reached.
    private mutating func collect(_ index: Int32, at start: Int, into active: inout [Int32]) -> Bool {
        expense.steps -= 1
        expense.depth -= 1
        defer { expense.depth += 1 }
        guard expense.steps >= 0, expense.depth >= 0 else {
            expense.exceed(expense.steps < 0 ? .steps : .depth)
            return false
        }
        active.append(index)
        let node = tables.nodes + Int(index)
        let isNew = tables.isDynamic && scopes.last != node.pointee.resource
        if isNew { scopes.append(node.pointee.resource) }
        defer { if isNew { scopes.removeLast() } }
        for index in node.pointee.any.indices {
            guard collect(tables.instructions[index], at: start, into: &active) else { return false }
        }
        guard text[start] == 0x7B, node.pointee.object >= 0 else { return true }
        for index in tables.objects[Int(node.pointee.object)].dependencies.indices {
            let dependency = tables.dependencies[index]
            guard dependency.node >= 0, has(dependency.trigger, at: start) else { continue }
            guard collect(dependency.node, at: start, into: &active) else { return false }
        }
        return true
    }

    private mutating func collect(_ instruction: Instruction, at start: Int, into active: inout [Int32]) -> Bool {
        switch instruction.operation {
        case .reference: return collect(instruction.a, at: start, into: &active)
        case .dynamicReference: return collect(target(of: instruction), at: start, into: &active)
        case .allOf, .anyOf, .oneOf:
            for index in 0..<Int(instruction.b) {
                let node = tables.lists[Int(instruction.a) + index]
                guard collectIfAccepted(node, at: start, into: &active) else { return false }
            }
            return true
        case .condition:
            let result = verdict(instruction.a, at: start)
            guard result != Self.stopped else { return false }
            if result >= 0, !collect(instruction.a, at: start, into: &active) { return false }
            let branch = result >= 0 ? instruction.b : instruction.c
            return branch < 0 || collectIfAccepted(branch, at: start, into: &active)
        default: return true
        }
    }

    /// Collects the nodes of a subschema if it accepts the value.
    private mutating func collectIfAccepted(_ node: Int32, at start: Int, into active: inout [Int32]) -> Bool {
        let result = verdict(node, at: start)
        guard result != Self.stopped else { return false }
        return result < 0 || collect(node, at: start, into: &active)
    }
}
